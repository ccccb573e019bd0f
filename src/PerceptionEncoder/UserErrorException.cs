namespace PerceptionEncoder;

/// <summary>
/// A problem that the user can mend (config, data, checkpoint, environment), or several found at once. Each is one line: what, where, and
/// what to do. The command line prints it without a stack trace and exits with 2.
/// </summary>
public class UserErrorException : Exception
{
    /// <summary>One line: what is wrong, where, and what to do.</summary>
    public UserErrorException(string message)
        : base(message) => Lines = [message];

    /// <summary>Several problems that were found at once.</summary>
    public UserErrorException(IReadOnlyList<string> lines)
        : base(string.Join('\n', lines)) => Lines = lines;

    /// <summary>The same as of one line, keeping the cause for <c>--verbose</c>.</summary>
    public UserErrorException(string message, Exception innerException)
        : base(message, innerException) => Lines = [message];

    /// <summary>A line for each problem.</summary>
    public IReadOnlyList<string> Lines { get; }
}
