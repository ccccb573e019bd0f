namespace PerceptionEncoder.Tools.VideoEngine.Captioning;

/// <summary>Calls in a row that got no answer: after eight of them it is no use to go on. Safe to share between threads.</summary>
/// <param name="place">Key of the captioner in the config.</param>
internal sealed class FailureStreak(string place)
{
    private const int Most = 8;

    private int length;

    /// <summary>Notes an answer: the captioner is there.</summary>
    public void End() => Volatile.Write(ref length, 0);

    /// <summary>Notes a failure; where it is one too many, why nothing more is asked. A refusal of one question is an answer.</summary>
    public UserErrorException? Add(CaptionFailureException failure)
    {
        if (!failure.MayPass)
        {
            End();
            return null;
        }

        return Interlocked.Increment(ref length) < Most ? null : new UserErrorException(
            $"{place}: {Most} calls in a row got no answer, the last for: {failure.Message.TrimEnd('.')}. "
            + "Mend that, and run again: what is finished stays.");
    }
}
