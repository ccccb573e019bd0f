using System.Globalization;
using PerceptionEncoder.Inference;
using PerceptionEncoder.Media.Images;
using PerceptionEncoder.Models;
using PerceptionEncoder.Models.Clip;
using PerceptionEncoder.Serialization.Features;
using PerceptionEncoder.Serialization.Weights;
using PerceptionEncoder.Tensors;
using PerceptionEncoder.Tools.Features;
using TorchSharp;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tools.Answers;

/// <summary>Encodes texts and images as the images of a feature file were: by the same model, at the same size.</summary>
internal static class QueryEncoder
{
    /// <summary>Features of texts, then of images.</summary>
    /// <param name="file">The features they are compared with.</param>
    /// <param name="how">Checkpoint, device, precision and vocabulary.</param>
    /// <param name="texts">Texts; a vision tower alone does where there are none.</param>
    /// <param name="images">Image files.</param>
    /// <param name="log">Takes a line where the file does not say what made it.</param>
    /// <returns>float32 [texts + images, C] on the CPU, in the caller's scope.</returns>
    /// <exception cref="UserErrorException">The features are another model's, or an image cannot be read.</exception>
    public static Tensor Encode(
        FeatureReader file,
        EncodeFeatures how,
        IReadOnlyList<string> texts,
        IReadOnlyList<string> images,
        Action<string> log)
    {
        var weights = WeightsLocation.Find(how.Checkpoint);
        FeatureSource.Check(file, weights, log);
        int? side = int.TryParse(file.Metadata.GetValueOrDefault(FeatureMetadata.ImageSize), CultureInfo.InvariantCulture, out var pixels)
            ? pixels
            : how.ImageSize;
        var fit = file.Metadata.GetValueOrDefault(FeatureMetadata.Transform) == "center_crop" ? ImageFit.CenterCrop : ImageFit.Squash;
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        if (texts.Count > 0)
        {
            using var encoder = ClipEncoder.Open(weights, how.Compute, how.Precision, side, how.Vocabulary);
            encoder.Fit = fit;
            var parts = new List<Tensor> { encoder.EncodeTexts(texts) };
            parts.AddRange(images.Select(image => encoder.EncodeImageFiles([image])));
            return Fitting(cat(parts), file, weights);
        }

        var device = how.Compute.Prepare();
        using var checkpoint = ModelWeights.Open(weights);
        using var vision = checkpoint.LoadVision(side);
        vision.to(device);
        vision.eval();
        using var autocast = how.Precision.Enter(device);
        var size = vision.Options.ImageSize;
        return Fitting(
            cat(images.Select(image => vision.Encode(Pixels.Normalize(Picture(image, size, fit).SendTo(device))).to(float32)).ToArray()),
            file,
            weights);
    }

    private static Tensor Picture(string path, int size, ImageFit fit) => NamedImage.Read(path, file =>
    {
        var decoded = TransientImage.Decode(ImageDecoders.Default, file, IImageDecoder.DefaultMaximumPixels);
        return ImageStack.Of([new ImageTransform(size, size, fit).Apply(decoded)], size, size);
    });

    private static Tensor Fitting(Tensor queries, FeatureReader file, string weights)
        => file.RowShape.Count == 1 && queries.shape[^1] == file.RowShape[0] && queries.dim() == 2
            ? queries.cpu().MoveToOuterDisposeScope()
            : throw new UserErrorException($"{file.Path}: holds [{string.Join(", ", file.RowShape)}] numbers for each input, and {weights} "
                + $"gives [{string.Join(", ", queries.shape[1..])}]. Name the checkpoint that made it, and encode pooled features.");
}
