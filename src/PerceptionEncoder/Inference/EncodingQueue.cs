using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using PerceptionEncoder.Media.Images;

namespace PerceptionEncoder.Inference;

#pragma warning disable RS0026 // overloads with optional parameters: bytes and streams cannot be taken for each other

/// <summary>
/// Makes batches of what many callers ask for one by one: a model takes several pictures at once in less than the time of each. What each
/// caller gets is what the encoder alone would give it. Callers whose token is cancelled leave at once, and what was not computed by then
/// never is; a picture that is no good fails its caller and nobody else. <see cref="EncodingQueueOptions.Capacity"/> bounds the memory.
/// Safe to share between threads. Bytes, pixels and streams stay the caller's, and must not change until the task is over.
/// <para>
/// <see cref="DisposeAsync"/> serves those who have a place and then ends; <see cref="Dispose"/> sends away those who wait. Both refuse new
/// callers at once with <see cref="ObjectDisposedException"/>.
/// </para>
/// </summary>
public sealed partial class EncodingQueue : IDisposable, IAsyncDisposable
{
    /// <summary>
    /// Of <see cref="System.Diagnostics.Metrics.Meter"/>: queue length, batch sizes, durations of batches and of requests by outcome.
    /// </summary>
    public const string MeterName = "PerceptionEncoder";

    private readonly ClipEncoder encoder;
    private readonly ILogger logger;
    private readonly QueueMetrics metrics;
    private readonly SemaphoreSlim decoders;
    private readonly BatchLane<PreparedImage> images;
    private readonly BatchLane<int[]> texts;

    /// <param name="encoder">The caller's, disposed by the caller after the queue; it may be used beside the queue.</param>
    /// <param name="options">Limits; null for the defaults.</param>
    /// <param name="logger">Told of batches that fail; null for nobody.</param>
    /// <exception cref="ArgumentOutOfRangeException">A limit that no queue can have.</exception>
    public EncodingQueue(ClipEncoder encoder, EncodingQueueOptions? options = null, ILogger<EncodingQueue>? logger = null)
    {
        ArgumentNullException.ThrowIfNull(encoder);
        Options = options ?? new EncodingQueueOptions();
        Options.Validate();
        this.encoder = encoder;
        this.logger = logger ?? NullLogger<EncodingQueue>.Instance;
        decoders = new SemaphoreSlim(Options.Decoders > 0 ? Options.Decoders : Environment.ProcessorCount);
        metrics = new QueueMetrics(("image", () => images!.Length), ("text", () => texts!.Length));
        images = new BatchLane<PreparedImage>("image", Options, encoder.RowsOf, Run, metrics);
        texts = new BatchLane<int[]>("text", Options, encoder.RowsOf, Run, metrics);
        images.Start();
        texts.Start();
    }

    /// <summary>Limits.</summary>
    public EncodingQueueOptions Options { get; }

    /// <summary>Callers that have a place: they are read, decoded, wait for a batch, or are computed.</summary>
    public int Length => images.Length + texts.Length;

    /// <summary>The feature of a picture in memory.</summary>
    /// <param name="file">Bytes of a jpg, png, webp, bmp or gif.</param>
    /// <param name="cancellation">Of the caller.</param>
    /// <returns>C numbers at unit length.</returns>
    /// <exception cref="ImageException">It is no usable image.</exception>
    /// <exception cref="QueueFullException">There is no place, and <see cref="EncodingQueueOptions.WhenFull"/> refuses.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    /// <exception cref="ObjectDisposedException">The queue is disposed.</exception>
    public Task<float[]> EncodeImageAsync(ReadOnlyMemory<byte> file, CancellationToken cancellation = default)
        => images.Encode(() => Decode(() => encoder.Prepare(file.Span), cancellation), cancellation);

    /// <summary>The feature of a picture that is read from a stream to its end, once there is a place; the stream stays open.</summary>
    /// <inheritdoc cref="EncodeImageAsync(ReadOnlyMemory{byte}, CancellationToken)"/>
    /// <param name="file">Of the bytes of a jpg, png, webp, bmp or gif; 1 GiB at most.</param>
    /// <param name="cancellation">Of the caller.</param>
    /// <exception cref="IOException">The stream cannot be read.</exception>
    public Task<float[]> EncodeImageAsync(Stream file, CancellationToken cancellation = default)
        => images.Encode(
            async () =>
            {
                var bytes = await ImageStream.ReadAsync(file, cancellation).ConfigureAwait(false);
                return await Decode(() => encoder.Prepare(bytes.Span), cancellation).ConfigureAwait(false);
            },
            cancellation);

    /// <summary>The feature of a picture that is decoded.</summary>
    /// <inheritdoc cref="EncodeImageAsync(ReadOnlyMemory{byte}, CancellationToken)"/>
    /// <param name="pixels">As <see cref="ClipEncoder.PrepareRgb"/> takes them.</param>
    /// <param name="width">In pixels.</param>
    /// <param name="height">In pixels.</param>
    /// <param name="cancellation">Of the caller.</param>
    /// <exception cref="ArgumentException">The bytes are no picture of these sides.</exception>
    public Task<float[]> EncodeRgbAsync(ReadOnlyMemory<byte> pixels, int width, int height, CancellationToken cancellation = default)
        => images.Encode(() => Decode(() => encoder.PrepareRgb(pixels.Span, width, height), cancellation), cancellation);

    /// <summary>The feature of a text.</summary>
    /// <returns>C numbers at unit length.</returns>
    /// <exception cref="QueueFullException">There is no place, and <see cref="EncodingQueueOptions.WhenFull"/> refuses.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    /// <exception cref="ObjectDisposedException">The queue is disposed.</exception>
    public Task<float[]> EncodeTextAsync(string text, CancellationToken cancellation = default)
        => texts.Encode(() => ValueTask.FromResult(encoder.Tokenize(text)), cancellation);

    /// <summary>Sends away those who wait; returns when the batch that is being computed is done.</summary>
    public void Dispose()
    {
        Task.WhenAll(images.Drop(), texts.Drop()).GetAwaiter().GetResult();
        metrics.Dispose();
    }

    /// <summary>Serves those who have a place.</summary>
    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(images.Finish(), texts.Finish()).ConfigureAwait(false);
        metrics.Dispose();
    }

    private async ValueTask<PreparedImage> Decode(Func<PreparedImage> prepare, CancellationToken cancellation)
    {
        await decoders.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            return await Task.Run(prepare, cancellation).ConfigureAwait(false);
        }
        finally
        {
            decoders.Release();
        }
    }

    private async Task<float[][]> Run(Func<float[][]> compute)
    {
        try
        {
            return await encoder.Compute(compute, CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception failure)
        {
            LogFailure(failure);
            throw;
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "A batch could not be computed; its callers are told why.")]
    private partial void LogFailure(Exception failure);
}
