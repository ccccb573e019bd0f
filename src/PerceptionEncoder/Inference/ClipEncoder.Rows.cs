using PerceptionEncoder.Media.Images;

namespace PerceptionEncoder.Inference;

#pragma warning disable RS0026 // overloads with optional parameters: bytes and streams cannot be taken for each other

// Features as arrays, of one thing or several, at once or asynchronously. All are computed on the encoder's own thread: torch keeps workers
// and scratch memory for every thread that calls it, some ten megabytes each, and a service has many.
public sealed partial class ClipEncoder
{
    /// <summary>The feature of a picture in memory.</summary>
    /// <param name="file">Bytes of a jpg, png, webp, bmp or gif.</param>
    /// <returns>C numbers at unit length.</returns>
    /// <exception cref="ImageException">It is no usable image.</exception>
    public float[] EncodeImage(ReadOnlySpan<byte> file)
    {
        var image = Prepare(file);
        return Now(() => RowsOf([image]));
    }

    /// <summary>The feature of a picture that is read from a stream to its end; the stream stays open.</summary>
    /// <param name="file">Bytes of a jpg, png, webp, bmp or gif; 1 GiB at most.</param>
    /// <returns>C numbers at unit length.</returns>
    /// <exception cref="ImageException">It is no usable image.</exception>
    /// <exception cref="IOException">The stream cannot be read.</exception>
    public float[] EncodeImage(Stream file) => EncodeImage(ImageStream.Read(file).Span);

    /// <summary>The feature of a picture that is decoded.</summary>
    /// <param name="pixels">As <see cref="PrepareRgb"/> takes them.</param>
    /// <param name="width">In pixels.</param>
    /// <param name="height">In pixels.</param>
    /// <returns>C numbers at unit length.</returns>
    /// <exception cref="ArgumentException">The bytes are no picture of these sides.</exception>
    public float[] EncodeRgb(ReadOnlySpan<byte> pixels, int width, int height)
    {
        var image = PrepareRgb(pixels, width, height);
        return Now(() => RowsOf([image]));
    }

    /// <summary>The feature of a text.</summary>
    /// <returns>C numbers at unit length.</returns>
    public float[] EncodeText(string text)
    {
        var tokens = Tokenize(text);
        return Now(() => RowsOf([tokens]));
    }

    /// <summary><see cref="EncodeImage(ReadOnlySpan{byte})"/>, asynchronously.</summary>
    /// <inheritdoc cref="EncodeImage(ReadOnlySpan{byte})"/>
    /// <exception cref="OperationCanceledException">It was cancelled; what was not computed until then never is.</exception>
    public async Task<float[]> EncodeImageAsync(ReadOnlyMemory<byte> file, CancellationToken cancellation = default)
        => (await EncodeImagesAsync([file], cancellation).ConfigureAwait(false))[0];

    /// <summary><see cref="EncodeImage(Stream)"/>, asynchronously.</summary>
    /// <inheritdoc cref="EncodeImage(Stream)"/>
    /// <exception cref="OperationCanceledException">It was cancelled; what was not computed until then never is.</exception>
    public async Task<float[]> EncodeImageAsync(Stream file, CancellationToken cancellation = default)
        => await EncodeImageAsync(await ImageStream.ReadAsync(file, cancellation).ConfigureAwait(false), cancellation)
            .ConfigureAwait(false);

    /// <summary><see cref="EncodeRgb"/>, asynchronously.</summary>
    /// <inheritdoc cref="EncodeRgb"/>
    /// <exception cref="OperationCanceledException">It was cancelled; what was not computed until then never is.</exception>
    public async Task<float[]> EncodeRgbAsync(ReadOnlyMemory<byte> pixels, int width, int height, CancellationToken cancellation = default)
    {
        var image = await Task.Run(() => PrepareRgb(pixels.Span, width, height), cancellation).ConfigureAwait(false);
        return (await Compute(() => RowsOf([image]), cancellation).WaitAsync(cancellation).ConfigureAwait(false))[0];
    }

    /// <summary><see cref="EncodeText"/>, asynchronously.</summary>
    /// <inheritdoc cref="EncodeText"/>
    /// <exception cref="OperationCanceledException">It was cancelled; what was not computed until then never is.</exception>
    public async Task<float[]> EncodeTextAsync(string text, CancellationToken cancellation = default)
        => (await EncodeTextsAsync([text], cancellation).ConfigureAwait(false))[0];

    /// <summary>Features of pictures in memory, decoded by several threads and computed at once.</summary>
    /// <param name="files">B times the bytes of a jpg, png, webp, bmp or gif.</param>
    /// <param name="cancellation">Ends the task; what is not computed until then never is.</param>
    /// <returns>B times C numbers at unit length.</returns>
    /// <exception cref="ImageException">One is no usable image.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public async Task<float[][]> EncodeImagesAsync(IReadOnlyList<ReadOnlyMemory<byte>> files, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(files);
        var images = new PreparedImage[files.Count];
        await Parallel.ForAsync(
            0,
            files.Count,
            cancellation,
            (index, _) =>
            {
                images[index] = Prepare(files[index].Span);
                return ValueTask.CompletedTask;
            }).ConfigureAwait(false);
        return await Compute(() => RowsOf(images), cancellation).WaitAsync(cancellation).ConfigureAwait(false);
    }

    /// <summary>Features of texts, computed at once.</summary>
    /// <returns>N times C numbers at unit length.</returns>
    /// <exception cref="OperationCanceledException">It was cancelled; what was not computed until then never is.</exception>
    public async Task<float[][]> EncodeTextsAsync(IReadOnlyList<string> texts, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(texts);
        int[][] captions = [.. texts.Select(Tokenize)];
        return await Compute(() => RowsOf(captions), cancellation).WaitAsync(cancellation).ConfigureAwait(false);
    }

    /// <summary>Features of pictures as arrays.</summary>
    internal float[][] RowsOf(IReadOnlyList<PreparedImage> images)
    {
        using var features = EncodeImages(images);
        return features.ToRows();
    }

    /// <summary>Features of captions that <see cref="Tokenize"/> made, as arrays.</summary>
    internal float[][] RowsOf(IReadOnlyList<int[]> captions)
    {
        using var features = EncodeTokens(captions);
        return features.ToRows();
    }

    private float[] Now(Func<float[][]> rows) => Compute(rows, CancellationToken.None).GetAwaiter().GetResult()[0];
}
