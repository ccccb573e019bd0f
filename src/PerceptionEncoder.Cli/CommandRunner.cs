using System.CommandLine;
using System.CommandLine.Parsing;
using PerceptionEncoder.Configuration;
using PerceptionEncoder.Tensors;

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
        var code = streams.Report(Invoke(root, args, signals), signals.SavesFirst);
        if (LaunchedRanks.EndsHard)
        {
            LinuxProcess.End(code);
        }

        return code;
    }

    private static int Invoke(RootCommand root, string[] args, StopSignals signals)
    {
        // An argument that begins with @ is a list or a text of ours, no file of further arguments.
        var result = root.Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
        string[] errors =
        [
            .. MistypedOptions(result),
            .. result.Errors.Select(error => $"{error.Message}{Suggestion(result, error.Message)}"),
        ];
        if (errors.Length > 0)
        {
            foreach (var error in errors)
            {
                Console.Error.WriteLine($"pe: {error}");
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
        catch (ExitException end)
        {
            return Report(end, [], result.GetValue(Verbose), end.Code);
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
                : Report(failure, [Internal(failure)], result.GetValue(Verbose), 1);
        }
    }

    /// <summary>A fault of ours as one line.</summary>
    public static string Internal(Exception failure)
        => $"internal error: {failure.GetType().Name}: "
            + $"{failure.Message.ReplaceLineEndings(" ")} (run with --verbose for the stack trace, and please report it)";

    /// <summary>
    /// What was taken for an input or a value, and is nearly an option's name: where a command takes any number of inputs, the parser sees
    /// no error in it. What follows <c>--</c> is meant as it is.
    /// </summary>
    private static IEnumerable<string> MistypedOptions(ParseResult result)
        => result.Tokens.TakeWhile(token => token.Type != TokenType.DoubleDash)
            .Where(token => token.Type == TokenType.Argument && token.Value.StartsWith("--", StringComparison.Ordinal))
            .Select(token => (token.Value, Near: NearestName.Find(token.Value, OptionNames(result))))
            .Where(pair => pair.Near is not null && !result.UnmatchedTokens.Contains(pair.Value))
            .Select(pair => $"Unrecognized option '{pair.Value}'. Did you mean '{pair.Near}'?");

    /// <summary>The command or option that the user most likely meant by the one that an error names.</summary>
    private static string Suggestion(ParseResult result, string error)
    {
        if (result.UnmatchedTokens.FirstOrDefault(token => error.Contains($"'{token}'", StringComparison.Ordinal)) is not { } unknown)
        {
            return "";
        }

        var names = unknown.StartsWith('-')
            ? OptionNames(result)
            : result.CommandResult.Command.Subcommands.Select(command => command.Name);
        return NearestName.Find(unknown, names) is { } near ? $" Did you mean '{near}'?" : "";
    }

    private static IEnumerable<string> OptionNames(ParseResult result)
        => result.CommandResult.Command.Options.Select(option => option.Name).Append(Verbose.Name);

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
        for (SymbolResult? symbol = result.CommandResult;
            symbol is CommandResult command;
            symbol = symbol.Parent)
        {
            names.Push(command.Command is RootCommand ? "pe" : command.Command.Name);
        }

        return string.Join(' ', names);
    }
}
