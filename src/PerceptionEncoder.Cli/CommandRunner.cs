using System.CommandLine;
using PerceptionEncoder.Configuration;

namespace PerceptionEncoder.Cli;

/// <summary>
/// Parses, runs, and turns every failure into one line and an exit code: 2 for what the user can mend, 1 for a fault of ours.
/// </summary>
internal static class CommandRunner
{
    public const int UserErrorCode = 2;

    /// <summary>Shows stack traces.</summary>
    public static Option<bool> Verbose { get; } = new("--verbose") { Description = "Show stack traces of errors.", Recursive = true };

    public static int Run(RootCommand root, string[] args)
    {
        var closed = StandardStreams.ClosedAtStart();
        var streams = StandardStreams.Open();
        if (closed.Count > 0)
        {
            return Refuse(closed);
        }

        using var signals = new StopSignals(streams);
        StopSignals.Current = signals;
        return streams.Report(Invoke(root, args, signals), signals.SavesFirst);
    }

    private static int Invoke(RootCommand root, string[] args, StopSignals signals)
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

        try
        {
            return result.Invoke(new InvocationConfiguration
            {
                EnableDefaultExceptionHandler = false,
                ProcessTerminationTimeout = null,
                Output = StandardStreams.Current.Terminal,
            });
        }
        catch (Exception failure) when (signals.Token.IsCancellationRequested && failure.GetBaseException() is OperationCanceledException)
        {
            return signals.ExitCode;
        }
        catch (UserErrorException failure)
        {
            return Report(failure, failure.Lines, result.GetValue(Verbose), UserErrorCode);
        }
#pragma warning disable CA1031 // the outermost frame: whatever is left is reported, not swallowed
        catch (Exception failure)
#pragma warning restore CA1031
        {
            return MachineLimits.Reached(failure) is { } limit
                ? Report(failure, [limit], result.GetValue(Verbose), UserErrorCode)
                : Report(
                    failure,
                    [
                        $"internal error: {failure.GetType().Name}: "
                        + $"{failure.Message.ReplaceLineEndings(" ")} (run with --verbose for the stack trace, and please report it)",
                    ],
                    result.GetValue(Verbose),
                    1);
        }
    }

    /// <summary>Says on the one that is open that the other is closed.</summary>
    private static int Refuse(IReadOnlyList<string> closed)
    {
        if (closed.Count == 1)
        {
            var open = closed[0].EndsWith("output", StringComparison.Ordinal) ? Console.Error : Console.Out;
            open.WriteLine($"pe: {closed[0]} is closed. Send it to a file or to /dev/null.");
        }

        return UserErrorCode;
    }

    private static int Report(Exception failure, IReadOnlyList<string> lines, bool verbose, int code)
    {
        foreach (var line in lines.Select(Secrets.Conceal))
        {
            Console.Error.WriteLine($"pe: {line}");
        }

        if (verbose)
        {
            Console.Error.Write($"{Secrets.Conceal(failure.ToString())}\n");
        }

        return code;
    }

    private static string CommandPath(ParseResult result)
    {
        var names = new Stack<string>();
        for (System.CommandLine.Parsing.SymbolResult? symbol = result.CommandResult;
            symbol is System.CommandLine.Parsing.CommandResult command;
            symbol = symbol.Parent)
        {
            names.Push(command.Command is RootCommand ? "pe" : command.Command.Name);
        }

        return string.Join(' ', names);
    }
}
