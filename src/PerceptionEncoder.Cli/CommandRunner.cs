using System.CommandLine;
using PerceptionEncoder.Configuration;

namespace PerceptionEncoder.Cli;

/// <summary>Parses, runs, and turns every failure into one line and an exit code: 2 for what the user can mend, 1 for a fault of ours.</summary>
internal static class CommandRunner
{
    private const int UserErrorCode = 2;

    /// <summary>Shows stack traces.</summary>
    public static Option<bool> Verbose { get; } = new("--verbose") { Description = "Show stack traces of errors.", Recursive = true };

    public static int Run(RootCommand root, string[] args)
    {
        // An argument that begins with @ is a list or a text of ours, no file of further arguments.
        var result = root.Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (result.Errors.Count > 0)
        {
            foreach (var error in result.Errors)
            {
                Console.Error.WriteLine($"pe: {error.Message}");
            }

            Console.Error.WriteLine($"pe: see {CommandPath(result)} --help");
            return UserErrorCode;
        }

        using var signals = new StopSignals();
        StopSignals.Current = signals;
        try
        {
            return result.Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
        }
        catch (OperationCanceledException) when (signals.Token.IsCancellationRequested)
        {
            return signals.ExitCode;
        }
        catch (UserErrorException failure)
        {
            return Report(failure, failure.Message, result.GetValue(Verbose), UserErrorCode);
        }
#pragma warning disable CA1031 // the outermost frame: whatever is left is reported, not swallowed
        catch (Exception failure)
#pragma warning restore CA1031
        {
            return Report(failure, $"internal error: {failure.GetType().Name}: {failure.Message.ReplaceLineEndings(" ")} (run with --verbose for the stack trace, and please report it)", result.GetValue(Verbose), 1);
        }
    }

    private static int Report(Exception failure, string message, bool verbose, int code)
    {
        foreach (var line in Secrets.Conceal(message).Split('\n'))
        {
            Console.Error.WriteLine($"pe: {line}");
        }

        if (verbose)
        {
            Console.Error.WriteLine(Secrets.Conceal(failure.ToString()));
        }

        return code;
    }

    private static string CommandPath(ParseResult result)
    {
        var names = new Stack<string>();
        for (System.CommandLine.Parsing.SymbolResult? symbol = result.CommandResult; symbol is System.CommandLine.Parsing.CommandResult command; symbol = symbol.Parent)
        {
            names.Push(command.Command is RootCommand ? "pe" : command.Command.Name);
        }

        return string.Join(' ', names);
    }
}
