namespace PerceptionEncoder.Distributed;

/// <summary>A rank of the job has died, hangs or has failed, so that the job ends; names rank, host, step and collective.</summary>
public sealed class RankFailureException : UserErrorException
{
    /// <param name="lines">What has happened.</param>
    /// <param name="isReported">Another rank prints it.</param>
    /// <param name="exitCode">That the process shall end with.</param>
    internal RankFailureException(IReadOnlyList<string> lines, bool isReported, int exitCode = 2)
        : base(lines) => (IsReported, ExitCode) = (isReported, exitCode);

    /// <summary>Whether another rank prints it: one message a job.</summary>
    public bool IsReported { get; }

    /// <summary>That the process shall end with.</summary>
    public int ExitCode { get; }
}
