namespace PerceptionEncoder;

/// <summary>
/// A problem that the user can mend (config, data, checkpoint, environment). The message is one line: what, where, and what to do.
/// The command line prints it without a stack trace and exits with 2.
/// </summary>
public class UserErrorException : Exception
{
    /// <summary>One line: what is wrong, where, and what to do.</summary>
    public UserErrorException(string message)
        : base(message)
    {
    }

    /// <summary>The same, keeping the cause for <c>--verbose</c>.</summary>
    public UserErrorException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
