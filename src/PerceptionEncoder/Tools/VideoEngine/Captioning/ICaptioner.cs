namespace PerceptionEncoder.Tools.VideoEngine.Captioning;

/// <summary>Answers questions about pictures, or about texts alone: captioners and summarisers. Safe to share between threads.</summary>
internal interface ICaptioner : IDisposable
{
    /// <summary>Name of the model, as results tell it.</summary>
    string Model { get; }

    /// <summary>Answers one question by itself, without what was asked before.</summary>
    /// <param name="question">What is asked.</param>
    /// <param name="mayBegin">Asked when a call is about to begin, which may be long after the question came.</param>
    /// <param name="cancellation">Ends the waiting.</param>
    /// <returns>Null where no call may begin any more.</returns>
    /// <exception cref="CaptionFailureException">It got no answer; others may.</exception>
    /// <exception cref="UserErrorException">No question can get one before something is mended: a wrong key, no such model.</exception>
    Task<CaptionAnswer?> AskAsync(CaptionQuestion question, Func<bool> mayBegin, CancellationToken cancellation);
}
