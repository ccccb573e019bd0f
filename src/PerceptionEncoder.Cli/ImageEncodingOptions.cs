using System.CommandLine;
using PerceptionEncoder.Media;
using PerceptionEncoder.Media.Images;
using PerceptionEncoder.Tools.Features;

namespace PerceptionEncoder.Cli;

/// <summary>How images that a command compares are encoded: the same options for all of them.</summary>
/// <param name="isCheckpointRequired">False where features alone will do.</param>
internal sealed class ImageEncodingOptions(bool isCheckpointRequired = true)
{
    private readonly Option<string> checkpoint = Checkpoint(isCheckpointRequired);
    private readonly Option<string?> features = new("--features")
    {
        Description = "Keep the features of encoded images in this file, and take them from there the next time; the cache by default.",
        HelpName = "FILE",
    };
    private readonly Option<ImageFit> transform = CommonOptions.Choice(
        "--transform",
        "Squash the whole image, or crop its centre.",
        ImageFit.Squash);
    private readonly Option<int?> imageSize = CommonOptions.ImageSize();
    private readonly Option<string?> vocabulary = CommonOptions.Vocabulary();
    private readonly Option<int> batch = new("--batch")
    {
        Description = "Images encoded at once.",
        HelpName = "N",
        DefaultValueFactory = _ => 32,
    };

    /// <summary>Device and precision.</summary>
    public ComputeArguments Computing { get; } = new();

    /// <summary>All of them.</summary>
    public IEnumerable<Option> All => [checkpoint, features, transform, imageSize, vocabulary, batch, .. Computing.All];

    /// <summary>The images, or the feature file, that a user names.</summary>
    public FeatureSource Read(ParseResult result, IReadOnlyList<string> inputs) => new()
    {
        Inputs = inputs,
        Kept = result.GetValue(features),
        Encode = result.GetValue(checkpoint) is { } path ? Encoding(result, path) : null,
    };

    private EncodeFeatures Encoding(ParseResult result, string path) => new()
    {
        Kind = MediaKind.Image,
        Inputs = [],
        Output = "",
        Checkpoint = CommonOptions.Locate(path),
        Transform = result.GetValue(transform),
        ImageSize = result.GetValue(imageSize),
        Vocabulary = result.GetValue(vocabulary),
        Batch = result.GetValue(batch),
        Precision = Computing.Precision(result),
        Compute = Computing.Read(result),
    };

    private static Option<string> Checkpoint(bool isRequired)
    {
        var option = CommonOptions.Checkpoint();
        option.Required = isRequired;
        return option;
    }
}
