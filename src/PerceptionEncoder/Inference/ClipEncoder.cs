using PerceptionEncoder.Media.Images;
using PerceptionEncoder.Models.Clip;
using PerceptionEncoder.Tensors;
using PerceptionEncoder.Tokenization;
using static TorchSharp.torch;

namespace PerceptionEncoder.Inference;

// B images · N captions · C the CLIP dimension
/// <summary>A contrastive model in use: pixels and captions in, unit features out, no gradients.</summary>
/// <param name="model">The caller's, and disposed by the caller.</param>
/// <param name="tokenizer">Of the model's text tower.</param>
/// <param name="device">Where the model is.</param>
/// <param name="precision">Arithmetic of matrix products.</param>
public sealed class ClipEncoder(ClipModel model, ITokenizer tokenizer, Device device, Precision precision = Precision.Auto) : IDisposable
{
    private const int TextChunk = 256;

    private LoadedClip? opened;

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
    /// <param name="fit">What happens to the aspect ratio.</param>
    /// <param name="paths">B files: jpg, png, webp, bmp or gif.</param>
    /// <returns>float32 [B, C] at unit length, on the model's device.</returns>
    /// <exception cref="UserErrorException">A file is missing or no usable image.</exception>
    public Tensor EncodeImageFiles(IReadOnlyList<string> paths, ImageFit fit = ImageFit.Squash)
    {
        using var scope = NewDisposeScope();
        var decoder = ImageDecoders.Default;
        var transform = new ImageTransform(Resolution, Resolution, fit);
        return EncodeImages(ImageStack.Of([.. paths.Select(path => transform.Apply(ReadImage(decoder, path)))], Resolution, Resolution))
            .MoveToOuterDisposeScope();
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
    public Tensor EncodeTexts(IReadOnlyList<string> captions)
        => WithoutTraining(() => cat(captions.Chunk(TextChunk).Select(EncodeChunk).ToArray()));

    /// <summary>How the model shares each image's certainty out among captions: softmax of the scaled similarities.</summary>
    /// <param name="images">[B, C] at unit length.</param>
    /// <param name="captions">[N, C] at unit length.</param>
    /// <returns>float32 [B, N]; each row sums to 1.</returns>
    public Tensor Probabilities(Tensor images, Tensor captions)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        using var exact = Tf32.Suspend();
        return (matmul(images, captions.t()) * model.LogitScale.exp()).softmax(-1).MoveToOuterDisposeScope();
    }

    /// <summary>Frees the model that <see cref="Open"/> loaded; a model of the caller's stays.</summary>
    public void Dispose() => opened?.Dispose();

    private static DecodedImage ReadImage(IImageDecoder decoder, string path)
    {
        try
        {
            return TransientImage.Decode(decoder, UserFile.ReadAllBytes(path, UserFile.MediaLimit), IImageDecoder.DefaultMaximumPixels);
        }
        catch (Exception failure) when (failure is ImageException or IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException(
                $"{path}: cannot be read as an image ({failure.Message.TrimEnd('.')}). "
                + "Check the path, or convert it to jpg, png, webp, bmp or gif.",
                failure);
        }
    }

    private Tensor EncodeChunk(string[] captions)
    {
        using var scope = NewDisposeScope();
        var context = model.Options.Text.ContextLength;
        var ids = new long[captions.Length, context];
        var used = 1;
        for (var row = 0; row < captions.Length; row++)
        {
            var encoded = tokenizer.EncodeToContext(captions[row], context);
            for (var column = 0; column < context; column++)
            {
                ids[row, column] = encoded[column];
                used = encoded[column] != 0 ? Math.Max(used, column + 1) : used;
            }
        }

        return model.EncodeText(tensor(ids).SendTo(device), normalize: true, used).to(float32).MoveToOuterDisposeScope();
    }

    /// <summary>Runs in eval mode without gradients, and leaves the model's mode as it was.</summary>
    private Tensor WithoutTraining(Func<Tensor> encode)
    {
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
