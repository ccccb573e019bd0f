using PerceptionEncoder.Models;
using PerceptionEncoder.Models.Segmentation;
using PerceptionEncoder.Tensors;
using static TorchSharp.torch;

namespace PerceptionEncoder.Inference;

// P prompts · M masks of each · H, W sides of the picture
/// <summary>
/// A promptable segmentation model in use: a picture is encoded once, then any number of points and boxes become masks, some prompts at a
/// time, so that memory depends on that number alone. For one thread at a time.
/// </summary>
/// <param name="model">The caller's, disposed by the caller.</param>
/// <param name="device">Where the model is.</param>
public sealed class Segmenter(SegmentationModel model, Device device) : IDisposable
{
    private SegmentationModel? opened;

    /// <summary>Prompts that are decoded together: 64 as published.</summary>
    public int PromptsAtOnce { get; init; } = 64;

    /// <summary>The shape of the model.</summary>
    public SegmentationOptions Options => model.Options;

    /// <summary>Element type of what is computed.</summary>
    internal ScalarType Type => model.parameters().First().dtype;

    /// <summary>Opens a checkpoint of SAM 2.1, in eval mode.</summary>
    /// <param name="checkpoint">As <see cref="ModelWeights.Open"/> takes it: <c>sam2.1_hiera_large.pt</c>.</param>
    /// <param name="compute">Device and threads; the defaults take CUDA where it is.</param>
    /// <param name="precision">Element type of the weights and of what is computed with them.</param>
    /// <param name="imageSize">Side of the square input in pixels; null for the checkpoint's own.</param>
    /// <param name="promptsAtOnce">See <see cref="PromptsAtOnce"/>.</param>
    /// <exception cref="UserErrorException">Nothing usable is there; says what is missing.</exception>
    public static Segmenter Open(
        string checkpoint,
        ComputeOptions? compute = null,
        Precision precision = Precision.Auto,
        int? imageSize = null,
        int promptsAtOnce = 64)
    {
        if (promptsAtOnce < 1)
        {
            throw new UserErrorException($"{promptsAtOnce} prompts at once: must be at least 1.");
        }

        var device = (compute ?? new ComputeOptions()).Prepare();
        using var weights = ModelWeights.Open(checkpoint);
        return Of(weights, device, precision.TypeOn(device), imageSize, promptsAtOnce);
    }

    /// <summary>The model of an open checkpoint, on a device that is prepared.</summary>
    /// <exception cref="UserErrorException">It is another kind of model.</exception>
    internal static Segmenter Of(ModelWeights weights, Device device, ScalarType type, int? imageSize, int promptsAtOnce)
    {
        var architecture = weights.ArchitectureAs<SegmentationArchitecture>("segmentation model").At(imageSize);
        var model = (SegmentationModel)weights.Load(architecture, device, type);
        return new Segmenter(model, device) { opened = model, PromptsAtOnce = promptsAtOnce };
    }

    /// <summary>Encodes a picture, once for all of its prompts.</summary>
    /// <param name="pixels">uint8 [3, H, W] RGB, on any device.</param>
    /// <returns>The caller's.</returns>
    public EncodedPicture Encode(Tensor pixels)
    {
        ArgumentNullException.ThrowIfNull(pixels);
        using var scope = NewDisposeScope();
        var input = SegmentationPixels.Normalize(pixels.SendTo(device), Options.ImageSize);
        return model.Encode(input, (int)pixels.shape[^1], (int)pixels.shape[^2]).MoveToOuterDisposeScope();
    }

    /// <summary>Masks of prompts in their order, <see cref="PromptsAtOnce"/> at a time, each computed when it is asked for.</summary>
    /// <param name="picture">Of <see cref="Encode"/>.</param>
    /// <param name="prompts">Any number.</param>
    /// <param name="choice">Which masks of each.</param>
    /// <returns>The caller's, to be disposed one by one; prompts with other numbers of points are never in one.</returns>
    public IEnumerable<MaskPrediction> Predict(
        EncodedPicture picture,
        IReadOnlyList<MaskPrompt> prompts,
        MaskChoice choice = MaskChoice.Three)
    {
        ArgumentNullException.ThrowIfNull(picture);
        ArgumentNullException.ThrowIfNull(prompts);
        return Chunks(prompts).Select(chunk => PredictOnce(picture, chunk, choice));
    }

    /// <summary>Mask logits at the size of the picture, as published.</summary>
    /// <param name="logits">[P, M, h, w].</param>
    /// <param name="picture">The picture.</param>
    /// <returns>float32 [P, M, H, W].</returns>
    public static Tensor Enlarge(Tensor logits, EncodedPicture picture)
    {
        ArgumentNullException.ThrowIfNull(logits);
        ArgumentNullException.ThrowIfNull(picture);
        return nn.functional.interpolate(
            logits,
            [picture.Height, picture.Width],
            mode: InterpolationMode.Bilinear,
            align_corners: false);
    }

    /// <summary>
    /// What a dense student learns from: the mask logits of a grid of points, seen from each token of the student [B.3]. The picture counts
    /// as square, as the student's input is.
    /// </summary>
    /// <param name="picture">Of <see cref="Encode"/>.</param>
    /// <param name="pointsPerSide">N.</param>
    /// <param name="gridHeight">g of the student's tokens.</param>
    /// <param name="gridWidth">w of the student's tokens.</param>
    /// <param name="choice">One mask a point.</param>
    /// <returns>float32 [g, w, N * N], points x fastest, on the model's device.</returns>
    public Tensor GridLogits(
        EncodedPicture picture,
        int pointsPerSide,
        long gridHeight,
        long gridWidth,
        MaskChoice choice = MaskChoice.Best)
    {
        ArgumentNullException.ThrowIfNull(picture);
        if (choice == MaskChoice.Three)
        {
            throw new ArgumentException("a teacher's map has one mask a point", nameof(choice));
        }

        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var maps = empty([gridHeight, gridWidth, (long)pointsPerSide * pointsPerSide], float32, device);
        var filled = 0L;
        foreach (var prediction in Predict(picture, MaskPrompt.Grid(pointsPerSide, picture.Width, picture.Height), choice))
        {
            using var step = NewDisposeScope();
            var small = nn.functional.interpolate(
                prediction.Logits,
                [gridHeight, gridWidth],
                mode: InterpolationMode.Bilinear,
                align_corners: false);                                                     // [P, 1, g, w]
            maps.narrow(2, filled, small.shape[0]).copy_(small.squeeze(1).permute(1, 2, 0));
            filled += small.shape[0];
            prediction.Dispose();
        }

        return maps.MoveToOuterDisposeScope();
    }

    /// <summary>Frees the model that <see cref="Open"/> loaded; a model of the caller's stays.</summary>
    public void Dispose() => opened?.Dispose();

    private MaskPrediction PredictOnce(EncodedPicture picture, IReadOnlyList<MaskPrompt> prompts, MaskChoice choice)
    {
        using var scope = NewDisposeScope();
        double side = Options.ImageSize;
        var points = prompts.SelectMany(prompt => prompt.Points).ToArray();
        float[] places = [.. points.SelectMany(point =>
            new[] { (float)(point.X / picture.Width * side), (float)(point.Y / picture.Height * side) })];
        long[] labels = [.. points.Select(point => (long)point.Label)];
        return model.Predict(
            picture,
            new SegmentationPrompts(
                tensor(places).view(prompts.Count, -1, 2).SendTo(device),
                tensor(labels).view(prompts.Count, -1).SendTo(device)),
            choice).MoveToOuterDisposeScope();
    }

    private IEnumerable<IReadOnlyList<MaskPrompt>> Chunks(IReadOnlyList<MaskPrompt> prompts)
    {
        for (var start = 0; start < prompts.Count;)
        {
            var length = prompts[start].Points.Count;
            MaskPrompt[] chunk = [.. prompts.Skip(start).Take(PromptsAtOnce).TakeWhile(prompt => prompt.Points.Count == length)];
            yield return length > 0 ? chunk : throw new ArgumentException("a prompt has no points", nameof(prompts));
            start += chunk.Length;
        }
    }
}
