namespace PerceptionEncoder.Evaluation.Sets;

/// <summary>Images.</summary>
/// <param name="border">Pixels cut off each side of every image.</param>
internal sealed class ImageMedia(int border) : SetMedia
{
    /// <summary>Pixels cut off each side of every image.</summary>
    public int Border => border;

    /// <inheritdoc/>
    public override string Item => "sample";

    /// <inheritdoc/>
    public override string Feature => "image";

    /// <inheritdoc/>
    public override int AtOnce(int batch) => batch;

    /// <inheritdoc/>
    public override ItemDecoder Decoder(EvaluationSetOptions set, int side, CancellationToken cancellation)
        => new ImageItemDecoder(set, side, border);

    /// <inheritdoc/>
    public override T Choose<T>(T ofImages, T ofClips) => ofImages;
}
