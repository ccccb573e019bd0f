using System.CommandLine;
using System.Diagnostics;
using PerceptionEncoder.Tools.Packing;

namespace PerceptionEncoder.Cli;

/// <summary><c>pe data unpack</c>: shards to files and a table.</summary>
internal static class UnpackCommand
{
    public static Command Create()
    {
        var shards = new Argument<string>("SHARDS")
        {
            Description = "Tars: a folder, a file, a pattern (DIR/{00000..00009}.tar), or a folder with a folder of them for each part.",
        };
        var output = new Option<string>("--output") { Description = "New folder for files and table.", HelpName = "DIR", Required = true };
        var format = CommonOptions.Choice("--format", "Form of the table.", TableFormat.Csv);
        var json = CommonOptions.Json();
        var command = new Command(
            "unpack",
            """
            Unpack shards to files and a table of path, id, caption, label and metadata, which pe data pack takes back.

            Example:
              pe data unpack runs/own --output runs/own-files
            """)
        { shards, output, format, json };
        command.SetAction(result =>
        {
            var shown = Stopwatch.StartNew();
            var options = new UnpackOptions
            {
                Shards = result.GetRequiredValue(shards),
                Output = result.GetRequiredValue(output),
                Format = result.GetValue(format),
            };
            var summary = new DataUnpack(options).Run(Console.Error.WriteLine, Show, StopSignals.Current.Token);
            var leftOut = summary.LeftOut > 0 ? $", {summary.LeftOut} left out" : "";
            Console.WriteLine($"{summary.Table}: {summary.Samples} samples{leftOut}");
            var column = summary.Splits.Count > 0 ? " --split-column split" : "";
            Console.WriteLine($"next: pe data pack {summary.Table} --output SHARDS{column}");
            CommonOptions.WriteJson(result.GetValue(json), summary);

            void Show(long samples)
            {
                if (shown.Elapsed > TimeSpan.FromSeconds(Console.IsErrorRedirected ? 10 : 1))
                {
                    Console.Error.WriteLine($"{samples} samples");
                    shown.Restart();
                }
            }
        });
        return command;
    }
}
