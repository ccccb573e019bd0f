using PerceptionEncoder.Media.Images;
using PerceptionEncoder.Models.Clip;
using PerceptionEncoder.Tensors;
using PerceptionEncoder.Tokenization;
using static TorchSharp.torch;

namespace PerceptionEncoder.Inference;

// B images · N captions · C the CLIP dimension
/// <summary>
/// A contrastive model in use: pictures and captions in, features of unit length out, no gradients. Safe to share between threads:
/// pictures are decoded by the thread that asks, or asynchronously by the pool, and one thing is computed at a time: tensors by the thread
/// that asks, arrays by the encoder's own. Disposed, it finishes what it computes and refuses the rest with
/// <see cref="ObjectDisposedException"/>. Tensors belong to the caller, who disposes them; those made within a dispose scope of the calling
/// thread end with it. Bytes, pixels and streams stay the caller's, and must not change until the call or its task is over.
/// </summary>
/// <param name="model">The caller's, disposed by the caller, and not computed with elsewhere during a call.</param>
/// <param name="tokenizer">Of the model's text tower.</param>
/// <param name="device">Where the model is.</param>
/// <param name="precision">Arithmetic of matrix products.</param>
public sealed partial class ClipEncoder(ClipModel model, ITokenizer tokenizer, Device device, Precision precision = Precision.Auto)
    : IDisposable
{
    private const int TextChunk = 256;

    private readonly Lock computing = new();
    private readonly Lock starting = new();

    private LoadedClip? opened;
    private ComputeThread? thread;
    private bool closing;
    private bool disposed;

    /// <summary>Side of the model's own position grid, in pixels.</summary>
    public int Resolution => model.Options.Vision.ImageSize;

    /// <summary>C.</summary>
    public int Dimension => model.Options.Vision.OutputDim ?? model.Options.Vision.Width;

    /// <summary>What multiplies, for results.</summary>
    public string Products => precision.Products(device);

    /// <summary>The model's factor on cosine similarities.</summary>
    public double LogitScale => Math.Exp(model.LogitScale.item<float>());

    /// <summary>As <see cref="LoadedClip.Origin"/> has it, of what <see cref="Open"/> opened.</summary>
    public string? Origin => opened?.Origin;

    /// <summary>What happens to the aspect ratio of pictures; to be set before the encoder is shared.</summary>
    public ImageFit Fit { get; set; } = ImageFit.Squash;

    /// <summary>Pictures of more pixels are refused: a small file can hold a picture that fills the machine.</summary>
    public long MaximumPixels { get; set; } = IImageDecoder.DefaultMaximumPixels;

    /// <summary>Opens a checkpoint of both towers for use, with its tokenizer.</summary>
    /// <param name="checkpoint">
    /// A file, folder or address, as <see cref="Serialization.Weights.WeightsLocation.Find"/> takes it: <c>PE-Core-L14-336.pt</c>,
    /// <c>hf://owner/name</c>.
    /// </param>
    /// <param name="compute">Device and threads; the defaults take CUDA where it is.</param>
    /// <param name="precision">Arithmetic of matrix products.</param>
    /// <param name="imageSize">Side of the square input in pixels; null for the checkpoint's own.</param>
    /// <param name="vocabulary">The tokenizer's file or folder; null for <see cref="TokenizerLocation"/>'s search.</param>
    /// <exception cref="UserErrorException">Nothing usable is there; says what is missing.</exception>
    public static ClipEncoder Open(
        string checkpoint,
        ComputeOptions? compute = null,
        Precision precision = Precision.Auto,
        int? imageSize = null,
        string? vocabulary = null)
    {
        var device = (compute ?? new ComputeOptions()).Prepare();
        var loaded = LoadedClip.Open(checkpoint, device, imageSize, vocabulary);
        return new ClipEncoder(loaded.Model, loaded.Tokenizer, device, precision) { opened = loaded };
    }

    /// <summary>Features of image files, all encoded at once.</summary>
    /// <param name="paths">B files: jpg, png, webp, bmp or gif.</param>
    /// <returns>float32 [B, C] at unit length, on the model's device.</returns>
    /// <exception cref="UserErrorException">A file is missing or no usable image.</exception>
    public Tensor EncodeImageFiles(IReadOnlyList<string> paths)
        => EncodeImages([.. paths.Select(path => PrepareFile(path))]);

    /// <summary>Features of pictures in memory, all encoded at once.</summary>
    /// <param name="files">B times the bytes of a jpg, png, webp, bmp or gif.</param>
    /// <returns>float32 [B, C] at unit length, on the model's device.</returns>
    /// <exception cref="ImageException">One is no usable image.</exception>
    public Tensor EncodeImages(IReadOnlyList<ReadOnlyMemory<byte>> files)
        => EncodeImages([.. files.Select(file => Prepare(file.Span))]);

    /// <summary>Features of pictures that <see cref="Prepare"/> or <see cref="PrepareRgb"/> made, all encoded at once.</summary>
    /// <param name="images">B of them.</param>
    /// <returns>float32 [B, C] at unit length, on the model's device.</returns>
    /// <exception cref="ArgumentException">One is of another side than <see cref="Resolution"/>.</exception>
    public Tensor EncodeImages(IReadOnlyList<PreparedImage> images)
    {
        ArgumentNullException.ThrowIfNull(images);
        if (images.FirstOrDefault(image => image.Side != Resolution) is { } other)
        {
            throw new ArgumentException($"a picture is prepared for {other.Side} pixels, the model takes {Resolution}", nameof(images));
        }

        using var scope = NewDisposeScope();
        return (images.Count == 0
            ? zeros([0, Dimension], float32, device)
            : EncodeImages(ImageStack.Of([.. images.Select(image => image.Planes)], Resolution, Resolution))).MoveToOuterDisposeScope();
    }

    /// <summary>Features of images.</summary>
    /// <param name="images">uint8 [B, 3, H, W] RGB, on any device; H and W as <see cref="Resolution"/> for published numbers.</param>
    /// <returns>float32 [B, C] at unit length, on the model's device.</returns>
    public Tensor EncodeImages(Tensor images)
        => WithoutTraining(() => model.EncodeImage(Pixels.Normalize(images.SendTo(device)), normalize: true).to(float32));

    /// <summary>Features of clips: the mean of their frames' features, not scaled again.</summary>
    /// <param name="clips">uint8 [B, F, 3, H, W] RGB, on any device.</param>
    /// <param name="unitFrames">
    /// Scale each frame's feature to unit length first, as published for retrieval; published zero-shot classification takes them raw.
    /// </param>
    /// <returns>float32 [B, C], on the model's device.</returns>
    public Tensor EncodeClips(Tensor clips, bool unitFrames = true)
        => WithoutTraining(() => model.EncodeVideo(Pixels.Normalize(clips.SendTo(device)), unitFrames).to(float32));

    /// <summary>Features of captions, encoded in chunks.</summary>
    /// <returns>float32 [N, C] at unit length, on the model's device.</returns>
    public Tensor EncodeTexts(IReadOnlyList<string> captions) => EncodeTokens([.. captions.Select(Tokenize)]);

    /// <summary>How the model shares each image's certainty out among captions: softmax of the scaled similarities.</summary>
    /// <param name="images">[B, C] at unit length.</param>
    /// <param name="captions">[N, C] at unit length.</param>
    /// <returns>float32 [B, N]; each row sums to 1.</returns>
    public Tensor Probabilities(Tensor images, Tensor captions)
    {
        using var turn = computing.EnterScope();
        ObjectDisposedException.ThrowIf(disposed, this);
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        using var exact = Tf32.Suspend();
        return (matmul(images, captions.t()) * model.LogitScale.exp()).softmax(-1).MoveToOuterDisposeScope();
    }

    /// <summary>Decodes and resizes a picture, without computing; on any thread.</summary>
    /// <param name="file">Bytes of a jpg, png, webp, bmp or gif.</param>
    /// <exception cref="ImageException">It is no usable image, or of more than <see cref="MaximumPixels"/>.</exception>
    public PreparedImage Prepare(ReadOnlySpan<byte> file) => Preparation.OfFile(file);

    /// <summary>Resizes a picture that is decoded, without computing; on any thread.</summary>
    /// <param name="pixels">Red, green and blue of a pixel, 8 bits each, left to right, from the top row on; nothing between rows.</param>
    /// <param name="width">In pixels.</param>
    /// <param name="height">In pixels.</param>
    /// <exception cref="ArgumentException">The bytes are no picture of these sides.</exception>
    /// <exception cref="ImageException">It is of more than <see cref="MaximumPixels"/>.</exception>
    public PreparedImage PrepareRgb(ReadOnlySpan<byte> pixels, int width, int height)
        => Preparation.OfRgb(pixels, width, height);

    /// <summary>Frees the model that <see cref="Open"/> loaded; a model of the caller's stays.</summary>
    public void Dispose()
    {
        lock (starting)
        {
            closing = true;
            thread?.Dispose();                                   // with what it was given before
            thread = null;
        }

        lock (computing)
        {
            if (!disposed)
            {
                disposed = true;
                opened?.Dispose();
            }
        }
    }

    /// <summary>A caption as the text tower takes it, without computing; on any thread.</summary>
    internal int[] Tokenize(string caption)
    {
        ArgumentNullException.ThrowIfNull(caption);
        return tokenizer.EncodeToContext(caption, model.Options.Text.ContextLength);
    }

    /// <summary>Features of captions that <see cref="Tokenize"/> made.</summary>
    /// <returns>float32 [N, C] at unit length, on the model's device.</returns>
    internal Tensor EncodeTokens(IReadOnlyList<int[]> captions)
        => WithoutTraining(() => captions.Count == 0
            ? zeros([0, Dimension], float32, device)
            : cat([.. captions.Chunk(TextChunk).Select(EncodeChunk)]));

    /// <summary>Computes on the encoder's own thread; not at all where it is cancelled before its turn.</summary>
    /// <exception cref="ObjectDisposedException">The encoder is disposed.</exception>
    internal Task<T> Compute<T>(Func<T> compute, CancellationToken cancellation)
    {
        lock (starting)
        {
            ObjectDisposedException.ThrowIf(closing, this);
            thread ??= new ComputeThread(Begin);
            return thread.Run(compute, cancellation);
        }
    }

    /// <summary>Called by the encoder's own thread as it begins.</summary>
    private IDisposable? Begin()
    {
        _ = TorchRuntime.Threads;                                // a new thread's products use every core until it has asked
        return opened is null ? null : Autocast.KeepCasts();     // weights that nobody else has stay as they are: one cast is enough
    }

    private ImagePreparation Preparation => new(Resolution, Fit, MaximumPixels);

    private PreparedImage PrepareFile(string path) => NamedImage.Read(path, file => Prepare(file));

    private Tensor EncodeChunk(int[][] captions)
    {
        using var scope = NewDisposeScope();
        var context = model.Options.Text.ContextLength;
        var ids = new long[captions.Length, context];
        var used = 1;
        for (var row = 0; row < captions.Length; row++)
        {
            for (var column = 0; column < context; column++)
            {
                ids[row, column] = captions[row][column];
                used = ids[row, column] != 0 ? Math.Max(used, column + 1) : used;
            }
        }

        return model.EncodeText(tensor(ids).SendTo(device), normalize: true, used).to(float32).MoveToOuterDisposeScope();
    }

    /// <summary>Runs alone, in eval mode, without gradients, and leaves the model's mode as it was.</summary>
    private Tensor WithoutTraining(Func<Tensor> encode)
    {
        using var turn = computing.EnterScope();
        ObjectDisposedException.ThrowIf(disposed, this);
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var autocast = precision.Enter(device);
        var training = model.training;
        model.eval();
        try
        {
            return encode().MoveToOuterDisposeScope();
        }
        finally
        {
            model.train(training);
        }
    }
}
