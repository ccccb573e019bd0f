using System.CommandLine;
using System.Globalization;
using PerceptionEncoder.Tools.Checkpoints;
using Spectre.Console;

namespace PerceptionEncoder.Cli;

/// <summary><c>pe checkpoint inspect</c>: what a weights file holds, without reading its values.</summary>
internal static class CheckpointInspectCommand
{
    /// <summary>Rows of the table: enough for every published model.</summary>
    private const int MaximumRows = 2000;

    public static Command Create()
    {
        var file = CommonOptions.CheckpointArgument("FILE");
        var json = CommonOptions.Json();
        var command = new Command(
            "inspect",
            """
            List the tensors of a weights file, and say which published model and whose layout it is.

            Example:
              pe checkpoint inspect runs/demo --json demo.json
            """)
        { file, json };
        command.SetAction(result =>
        {
            var inspection = CheckpointInspection.Of(CommonOptions.Locate(result.GetRequiredValue(file)));
            Print(inspection);
            CommonOptions.WriteJson(result.GetValue(json), inspection);
        });
        return command;
    }

    private static void Print(CheckpointInspection inspection)
    {
        var table = new Table().AddColumn("tensor").AddColumn("shape").AddColumn("dtype").AddColumn(new TableColumn("size").RightAligned());
        foreach (var tensor in inspection.Tensors.Take(MaximumRows))
        {
            table.AddRow(
                TableConsole.Cell(tensor.Name),
                TableConsole.Cell($"[{string.Join(", ", tensor.Shape)}]"),
                TableConsole.Cell(tensor.DType),
                SizeText.Of(tensor.Bytes));
        }

        TableConsole.Write(table);
        if (inspection.Tensors.Count > MaximumRows)
        {
            Console.WriteLine($"... and {inspection.Tensors.Count - MaximumRows} more tensors; --json writes all of them");
        }

        Line("file", $"{inspection.Path} ({SizeText.Of(inspection.FileBytes)})");
        Line(
            "tensors",
            $"{inspection.Tensors.Count}, {inspection.Parameters.ToString("N0", CultureInfo.InvariantCulture)} numbers, "
            + $"{string.Join(", ", inspection.Tensors.Select(tensor => tensor.DType).Distinct())}");
        Line("layout", inspection.Layout ?? "none that is known");
        Line("model", inspection.Model ?? "not known");
        if (inspection.Origin is { } origin)
        {
            Line("from", origin);
        }

        foreach (var problem in inspection.Problems)
        {
            Line("problem", problem);
        }
    }

    private static void Line(string name, string value) => Console.WriteLine($"{name,-8} {value}");
}
