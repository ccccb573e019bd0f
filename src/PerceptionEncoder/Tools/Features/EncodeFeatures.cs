using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using PerceptionEncoder.Data.Items;
using PerceptionEncoder.Distributed;
using PerceptionEncoder.Inference;
using PerceptionEncoder.Media;
using PerceptionEncoder.Media.Images;
using PerceptionEncoder.Media.Video;
using PerceptionEncoder.Models.Clip;
using PerceptionEncoder.Serialization.Features;
using PerceptionEncoder.Serialization.Weights;
using PerceptionEncoder.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tools.Features;

/// <summary>Features of any number of images, texts or clips, into a file: one row an input.</summary>
public sealed record EncodeFeatures
{
    /// <summary>What the inputs are.</summary>
    public required MediaKind Kind { get; init; }

    /// <summary>As <see cref="MediaSource"/> takes them.</summary>
    public required IReadOnlyList<string> Inputs { get; init; }

    /// <summary>Texts that are inputs themselves and their own keys, after <see cref="Inputs"/>.</summary>
    public IReadOnlyList<string> Texts { get; init; } = [];

    /// <summary>As <see cref="WeightsLocation.Find"/> takes it; for images and clips a vision tower is enough.</summary>
    public required string Checkpoint { get; init; }

    /// <summary>The file to write; its extension is the format.</summary>
    public required string Output { get; init; }

    /// <summary>The last block to run, from 0; negative counts from the end; null for the whole tower. Not for texts.</summary>
    public int? Layer { get; init; }

    /// <summary>
    /// All tokens, class token first, instead of the pooled feature; null for what the model itself gives. Not for texts.
    /// </summary>
    /// <remarks>Tokens of the whole tower come after its final norm, those of a layer as the block leaves them, as published.</remarks>
    public bool? Tokens { get; init; }

    /// <summary>Scale features to unit length.</summary>
    public bool Normalize { get; init; }

    /// <summary>Frames of a clip.</summary>
    public int Frames { get; init; } = 8;

    /// <summary>Side of the input in pixels; null for the checkpoint's own.</summary>
    public int? ImageSize { get; init; }

    /// <summary>What happens to the aspect ratio.</summary>
    public ImageFit Transform { get; init; } = ImageFit.Squash;

    /// <summary>Inputs encoded at once.</summary>
    public int Batch { get; init; } = 32;

    /// <summary>Element type of the file; which there are depends on its format.</summary>
    public ElementType DType { get; init; } = ElementType.Fp32;

    /// <summary>Arithmetic of matrix products.</summary>
    public Precision Precision { get; init; } = Precision.Auto;

    /// <summary>Device and threads.</summary>
    public ComputeOptions Compute { get; init; } = new();

    /// <summary>Decode clips in child processes only: for files from strangers.</summary>
    public bool IsolateDecoder { get; init; }

    /// <summary>The tokenizer's file or folder; null for the usual search.</summary>
    public string? Vocabulary { get; init; }

    /// <summary>
    /// Share of unreadable inputs, and of features that are not finite, above which the run stops; looked at from 1,000 inputs on, of
    /// features also at the end.
    /// </summary>
    public double UnreadableLimit { get; init; } = 0.05;

    /// <summary>
    /// Ranks that share the inputs: batches are dealt to them in turn, and the one that writes logs and has the file.
    /// </summary>
    public World World { get; init; } = World.Single;

    /// <summary>What images are made into in place of features; null for features.</summary>
    internal ImageHead? Head { get; init; }

    /// <summary>Encodes everything, or what an interrupted run of the same options left.</summary>
    /// <param name="log">Takes a line for each input that cannot be used, and for a run that is resumed or stopped.</param>
    /// <param name="report">Called after each batch.</param>
    /// <param name="cancellation">Stops between two batches; what was encoded is kept.</param>
    /// <exception cref="UserErrorException">Bad options, inputs, checkpoint or output; says what to do.</exception>
    /// <exception cref="OperationCanceledException">Stopped.</exception>
    public EncodingSummary Run(Action<string> log, Action<EncodingProgress>? report, CancellationToken cancellation)
    {
        Validate();
        log = World.Writes ? log : _ => { };
        var weights = WeightsLocation.Find(Checkpoint);
        var source = new MediaSource(Kind, Inputs, Texts);
        var lines = new List<string>();                         // said once nothing more can be wrong: an error is one line
        var device = World.Place(Compute).Prepare(lines.Add);
        var products = Precision.Products(device);
        if (Kind == MediaKind.Text)
        {
            using var clip = LoadedClip.Open(weights, device, imageSize: null, Vocabulary);
            if (clip.Origin is { } origin)
            {
                log($"{weights}: read from {origin}");
            }

            var input = new TextInput(clip.Tokenizer, clip.Model.Options.Text.ContextLength);
            return Extract(
                input.Decode,
                input.Stack,
                ids => clip.Model.EncodeText(ids.SendTo(device), usedLength: TextInput.UsedLength(ids)),
                [clip.Model.Options.Text.OutputDim],
                null);
        }

        using var vision = LoadVision(weights, device, log);
        var tokens = Tokens ?? vision.Options.Pooling == Pooling.None;
        if (!tokens && vision.Options.Pooling == Pooling.None)
        {
            throw new UserErrorException($"{weights}: this tower has no pooling, so it has no pooled feature. Leave --pooled out.");
        }

        var side = vision.Options.ImageSize;
        var row = RowShape(vision.Options, tokens);
        if (Kind == MediaKind.Image)
        {
            var input = new ImageInput(side, side, Transform);
            return Head is { } head
                ? Extract(input.Decode, input.Stack, images => head.Of(vision, Pixels.Normalize(images.SendTo(device))), [head.Width], side)
                : Extract(input.Decode, input.Stack, images => Features(vision, images.SendTo(device), tokens), row, side);
        }

        var clips = new VideoInput(
            new FFmpegVideoReader(new VideoReaderOptions { Isolated = IsolateDecoder }),
            Frames,
            side,
            Transform,
            cancellation);
        return Extract(
            clips.Decode,
            clips.Stack,
            frames => FramesToClip(frames.SendTo(device), images => Features(vision, images, tokens), tokens),
            tokens ? [Frames, .. row] : row,
            side);

        EncodingSummary Extract<T>(
            Func<MediaItem, T> decode,
            Func<IReadOnlyList<T>, Tensor> stack,
            Func<Tensor, Tensor> encode,
            long[] rowShape,
            int? inputSide)
        {
            var hash = WeightsHash.Of(weights);
            var fingerprint = Fingerprint(source, hash, products);
            using var file = !World.Writes ? null : FeatureFile.Open(
                Output,
                DType.ToScalarType(),
                rowShape,
                fingerprint,
                About(weights, hash, inputSide, fingerprint));
            lines.ForEach(log);
            if (WeightsLocation.KindOf(weights) is { } kind)
            {
                log($"weights: {weights} ({kind})");
            }

            return new FeatureExtraction<T>(decode, stack, batch => Finish(encode, batch, device), Batch, UnreadableLimit, World)
                .Run(source, file, log, report, cancellation) with { Products = products };
        }
    }

    private void Validate()
    {
        Require(Batch >= 1, $"--batch {Batch}: encode at least one input at once.");
        Require(Frames >= 1, $"--frames {Frames}: take at least one frame of a clip.");
        Require(UnreadableLimit is >= 0 and <= 1, $"--unreadable-limit {UnreadableLimit}: is a share between 0 and 1.");
        FeatureFile.CheckType(Output, DType.ToScalarType());
        Require(
            Kind != MediaKind.Text || (Layer is null && Tokens is null),
            "texts have one feature each: leave the layer and tokens out.");
    }

    private static void Require(bool holds, string problem)
    {
        if (!holds)
        {
            throw new UserErrorException(problem);
        }
    }

    private VisionTransformer LoadVision(string weights, Device device, Action<string> log)
    {
        using var checkpoint = Models.ModelWeights.Open(weights);
        if (checkpoint.Tensors.Origin is { } origin)
        {
            log($"{weights}: read from {origin}");
        }

        var vision = checkpoint.LoadVision(ImageSize);
        vision.to(device);
        if (Layer is { } layer)
        {
            vision.Truncate(layer);
        }

        return vision;
    }

    /// <summary>Sizes of one row, without the frames of a clip.</summary>
    private static long[] RowShape(VisionOptions options, bool tokens)
    {
        long grid = options.ImageSize / options.PatchSize;
        return tokens ? [(options.UseClassToken ? 1 : 0) + (grid * grid), options.Width] : [options.OutputDim ?? options.Width];
    }

    /// <param name="vision">Already cut after the layer.</param>
    /// <param name="images">uint8 [B, 3, H, W], on the model's device.</param>
    /// <param name="tokens">All tokens instead of the pooled feature.</param>
    private Tensor Features(VisionTransformer vision, Tensor images, bool tokens)
    {
        var pixels = Pixels.Normalize(images);
        return tokens ? vision.ForwardFeatures(pixels, norm: Layer is null) : vision.Encode(pixels);
    }

    /// <summary>Pooled features are scaled to unit length and averaged over the frames, as published; tokens stay apart.</summary>
    /// <param name="clips">[B, F, 3, H, W].</param>
    /// <param name="encode">[B F, 3, H, W] to features.</param>
    /// <param name="tokens">All tokens of all frames.</param>
    private static Tensor FramesToClip(Tensor clips, Func<Tensor, Tensor> encode, bool tokens)
    {
        var features = encode(clips.flatten(0, 1));
        return tokens
            ? features.view([.. clips.shape[..2], .. features.shape[1..]])
            : nn.functional.normalize(features.to(float32), p: 2, dim: -1).view(clips.shape[0], clips.shape[1], -1).mean([1]);
    }

    private Tensor Finish(Func<Tensor, Tensor> encode, Tensor batch, Device device)
    {
        using var autocast = Precision.Enter(device);
        var features = encode(batch).to(float32);
        return Normalize ? nn.functional.normalize(features, p: 2, dim: -1) : features;
    }

    /// <summary>What the file would say as its <see cref="FeatureMetadata.Fingerprint"/>: known without loading the model.</summary>
    /// <exception cref="UserErrorException">An input or the checkpoint is missing.</exception>
    internal string Identity()
    {
        var weights = WeightsLocation.Find(Checkpoint);
        var products = Precision.Products(Compute.Prepare());
        return Short(Fingerprint(new MediaSource(Kind, Inputs, Texts), WeightsHash.Of(weights), products));
    }

    /// <summary>Everything that decides what the rows are.</summary>
    private string Fingerprint(MediaSource source, string weightsHash, string products) => string.Join(
        ' ',
        source.Fingerprint(),
        weightsHash,
        string.Create(
            CultureInfo.InvariantCulture,
            $"layer={Layer} tokens={Tokens} normalize={Normalize} frames={Frames} image_size={ImageSize} transform={Transform} "
            + $"batch={Batch} products={products} vocabulary={Vocabulary}{(Head is null ? "" : $" head={Head.Name}")}"));

    private static string Short(string fingerprint) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(fingerprint)));

    private Dictionary<string, string> About(string weights, string weightsHash, int? side, string fingerprint)
    {
        var about = new Dictionary<string, string>
        {
            [FeatureMetadata.Model] = weightsHash,
            [FeatureMetadata.Checkpoint] = weights,
            [FeatureMetadata.Kind] = Head is null ? Kind.ToString().ToLowerInvariant() : FeatureMetadata.Probabilities,
            [FeatureMetadata.Fingerprint] = Short(fingerprint),
        };
        if (Layer is { } layer)
        {
            about[FeatureMetadata.Layer] = layer.ToString(CultureInfo.InvariantCulture);
        }

        if (side is { } pixels)
        {
            about[FeatureMetadata.ImageSize] = pixels.ToString(CultureInfo.InvariantCulture);
            about[FeatureMetadata.Transform] = Transform == ImageFit.Squash ? "squash" : "center_crop";
        }

        return about;
    }
}
