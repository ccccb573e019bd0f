namespace PerceptionEncoder.Cli;

/// <summary>Ends the command with a code, and nothing more is said: another rank says it.</summary>
/// <param name="code">Of the process.</param>
/// <param name="cause">Shown with <c>--verbose</c>.</param>
internal sealed class ExitException(int code, Exception cause) : Exception(cause.Message, cause)
{
    public int Code => code;
}
