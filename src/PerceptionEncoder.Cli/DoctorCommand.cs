using System.CommandLine;
using System.Globalization;
using PerceptionEncoder.Tools.Doctor;
using Spectre.Console;

namespace PerceptionEncoder.Cli;

/// <summary><c>pe doctor</c>: whether this machine computes the right numbers, and what to do where it does not.</summary>
internal static class DoctorCommand
{
    public static Command Create()
    {
        var device = CommonOptions.Device();
        var quick = new Option<bool>("--quick") { Description = "Leave the slower half of the checks out." };
        var json = CommonOptions.Json();
        var command = new Command(
            "doctor",
            """
            Prove that this machine computes the right numbers: what is installed, what it has, and checks with their limits.

            Example:
              pe doctor --quick --json doctor.json
            """)
        { device, quick, json };
        command.SetAction(result =>
        {
            NativeStartup.Prepare();
            MachineChecks.Require(result.GetRequiredValue(device));
            var (libraries, machine) = (NativeLibraries.Find(), MachineDescription.Read());
            Print(libraries);
            Print(machine);
            var (name, checks) = MachineChecks.Run(result.GetRequiredValue(device), result.GetValue(quick), Print);
            var report = new DoctorReport(libraries, machine, name, checks);
            CommonOptions.WriteJson(result.GetValue(json), report);
            if (!report.Passed)
            {
                throw new UserErrorException([.. checks.Where(check => !check.Passed).Select(check
                    => $"{check.Name}: {Figure(check)}. {check.Advice}")]);
            }

            Console.WriteLine($"All {checks.Count(check => check.NotUsed is null)} checks passed on {name}.");
        });
        return command;
    }

    private static void Print(IReadOnlyList<NativeLibraryReport> libraries)
    {
        var table = new Table().AddColumn("library").AddColumn("version").AddColumn("use");
        foreach (var library in libraries)
        {
            table.AddRow(
                TableConsole.Cell(library.Name),
                TableConsole.Cell(library.Version ?? (library.Path is null ? "missing" : "not known")),
                TableConsole.Cell(library.Need));
        }

        TableConsole.Write(table);

        // Not in the table, which would break paths and commands into pieces where it is narrow.
        foreach (var library in libraries)
        {
            Line(library.Name, VisibleText.Line(library.Path ?? $"missing: {library.Install}"));
        }
    }

    private static void Print(MachineDescription machine)
    {
        Line("processor", string.Join(", ", machine.Instructions.Prepend(VisibleText.Line(machine.Processor))));
        Line("cores", machine.Cores.ToString(CultureInfo.InvariantCulture));
        Line("memory", SizeText.Of(machine.MemoryBytes));
        Line("disk", $"{SizeText.Of(machine.FreeDiskBytes)} free in {Environment.CurrentDirectory}");
        foreach (var device in machine.Devices)
        {
            Line("device", $"{VisibleText.Line(device.Name)}, {SizeText.Of(device.MemoryBytes)}, driver {VisibleText.Line(device.Driver)}");
        }

        if (machine.Devices.Count == 0)
        {
            Line("device", "no NVIDIA GPU that nvidia-smi knows of");
        }
    }

    private static void Print(MachineCheck check)
        => Console.WriteLine($"{(check.NotUsed is not null ? "unused" : check.Passed ? "passed" : "FAILED")}  {Number(check.Figure),-8} "
            + $"{Limit(check),-15} {check.Name}{(check.NotUsed is { } reason ? $"; not used: {reason}" : "")}");

    private static string Figure(MachineCheck check)
        => double.IsNaN(check.Figure) ? "could not be computed" : $"{Number(check.Figure)}, {Limit(check)}";

    private static string Limit(MachineCheck check) => $"at {(check.IsLeast ? "least" : "most")} {Number(check.Limit)}";

    private static string Number(double value) => value is 0 or (> 0.001 and < 1000)
        ? value.ToString("0.####", CultureInfo.InvariantCulture)
        : value.ToString("0.0e-0", CultureInfo.InvariantCulture);

    private static void Line(string name, string value) => Console.WriteLine($"{name,-16} {value}");
}
