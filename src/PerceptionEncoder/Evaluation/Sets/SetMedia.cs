namespace PerceptionEncoder.Evaluation.Sets;

/// <summary>
/// What the items of a set are, images or clips. It is decided when the set is opened; whoever reads or measures the set asks this.
/// </summary>
internal abstract class SetMedia
{
    /// <summary>An item, for messages.</summary>
    public abstract string Item { get; }

    /// <summary>Kind of its feature, for messages.</summary>
    public abstract string Feature { get; }

    /// <summary>Items encoded at once.</summary>
    /// <param name="batch">Images encoded at once.</param>
    public abstract int AtOnce(int batch);

    /// <summary>Decoder of one pass.</summary>
    /// <param name="set">How items are prepared.</param>
    /// <param name="side">Of the square images or frames.</param>
    /// <param name="cancellation">Stops a clip that is being read.</param>
    public abstract ItemDecoder Decoder(EvaluationSetOptions set, int side, CancellationToken cancellation);

    /// <summary>What is particular to the kind of items.</summary>
    public abstract T Choose<T>(T ofImages, T ofClips);
}
