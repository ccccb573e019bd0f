using System.Text;

namespace PerceptionEncoder.Cli;

/// <summary>Standard output and error of the process: made safe, and what becomes of a command that can no longer print.</summary>
#pragma warning disable CA1001 // they are open as long as the process lives
internal sealed class StandardStreams
#pragma warning restore CA1001
{
    private const int UserErrorCode = 2;
    private const int BrokenPipeCode = 141;                     // 128 + SIGPIPE, as a shell reports what a closed pipe ended

    private readonly StandardStream output = new(1, "standard output");
    private readonly StandardStream error = new(2, "standard error");

    private StandardStreams()
    {
        Terminal = Writer(output);
        Console.SetOut(new VisibleTextWriter(Terminal));
        Console.SetError(new VisibleTextWriter(Writer(error)));
    }

    public static StandardStreams Current { get; private set; } = null!;

    /// <summary>Standard output as it is, for what we make ourselves: help, tables, the line of progress.</summary>
    public TextWriter Terminal { get; }

    /// <summary>Puts safe writers behind <see cref="Console"/>.</summary>
    public static StandardStreams Open() => Current = new StandardStreams();

    /// <summary>
    /// Which of the two the process was started without. The first file that the runtime opened has got the number instead, and would be
    /// printed into; it is told by its mark to be closed for children, which nothing inherited can have.
    /// </summary>
    public static IReadOnlyList<string> ClosedAtStart()
        => [.. from stream in new[] { (Descriptor: 1, Name: "standard output"), (Descriptor: 2, Name: "standard error") }
            where IsClosed(stream.Descriptor)
            select stream.Name];

    /// <summary>Called at the first failure of either.</summary>
    public void OnLost(Action<StandardStream> action)
    {
        output.Lost += action;
        error.Lost += action;
    }

    /// <summary>Says on one stream why the other failed.</summary>
    /// <param name="code">The command's exit code.</param>
    /// <param name="worksOn">The command's work was done all the same.</param>
    /// <returns>The exit code with that.</returns>
    public int Report(int code, bool worksOn)
    {
        foreach (var (lost, other) in new[] { (output, Console.Error), (error, Console.Out) })
        {
            if (lost.ReaderIsGone)
            {
                code = code == 0 && !worksOn ? BrokenPipeCode : code;
            }
            else if (lost.Failure is { } failure)
            {
                other.WriteLine("pe: "
                    + $"{lost.Name} cannot be written ({failure.Message}){(worksOn && code == 0 ? "; the work itself is finished" : "")}");
                code = code == 0 ? UserErrorCode : code;
            }
        }

        return code;
    }

    private static StreamWriter Writer(Stream stream)
        => new(stream, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false)) { AutoFlush = true };

    private static bool IsClosed(int descriptor)
    {
        const long CloseOnExec = 0x80000;
        var file = $"/proc/self/fdinfo/{descriptor}";
        if (!Directory.Exists("/proc/self/fdinfo"))
        {
            return false;
        }

        try
        {
            var flags = File.ReadLines(file).First(line => line.StartsWith("flags:", StringComparison.Ordinal))["flags:".Length..].Trim();
            return (Convert.ToInt64(flags, 8) & CloseOnExec) != 0;
        }
        catch (IOException)
        {
            return true;
        }
    }
}
