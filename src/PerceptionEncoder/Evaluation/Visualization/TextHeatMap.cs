using System.Globalization;
using PerceptionEncoder.Evaluation.Harness;
using PerceptionEncoder.Evaluation.Harness.Frozen;
using PerceptionEncoder.Media.Images;
using PerceptionEncoder.Models.Clip;
using PerceptionEncoder.Serialization;
using PerceptionEncoder.Tensors;
using static TorchSharp.torch;

namespace PerceptionEncoder.Evaluation.Visualization;

// g grid side · N patches, g g · D width · C the CLIP dimension
/// <summary>
/// Where in images some texts are: the cosine of each text with the feature that the image would have if its pooling saw one patch alone,
/// over the image. One PNG: images down, texts across.
/// </summary>
/// <remarks>
/// The idea is MaskCLIP's (arXiv 2112.01071): of a pool that attends to a single token, the weights drop out, and the value and output
/// projections, the MLP and the projection to the text's space remain.
/// </remarks>
public sealed record TextHeatMap
{
    /// <summary>Image files.</summary>
    public required IReadOnlyList<string> Images { get; init; }

    /// <summary>Texts.</summary>
    public required IReadOnlyList<string> Texts { get; init; }

    /// <summary>Draws the sheet.</summary>
    /// <param name="tower">With its text tower.</param>
    /// <param name="output">The PNG; what is there is replaced.</param>
    /// <param name="cancellation">Stops between images.</param>
    /// <returns>The cosine of each image with each text, and the lowest and highest of its patches.</returns>
    /// <exception cref="UserErrorException">An image cannot be read, the tower has no text tower or pooling, or the file cannot be
    /// written.</exception>
    public IReadOnlyList<TextHeat> Write(FrozenTower tower, string output, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(tower);
        if (tower.EncodeTexts is not { } encode || tower.Vision.Options.Pooling == Pooling.None)
        {
            throw new UserErrorException($"{tower.Path}: has no pooled feature that texts are compared with. Name a PE-Core checkpoint.");
        }

        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var texts = encode(Texts);                                                                   // [T, C]
        var grid = tower.Vision.Options.ImageSize / tower.Vision.Options.PatchSize;
        var sheet = new FeatureSheet
        {
            Title = $"{tower.Vision.Options.ImageSize} px, {grid}x{grid} patches, cosine of text and patch   {tower.Path}",
            Columns = ["image", .. Texts],
        };
        var heats = new List<TextHeat>();
        foreach (var path in Images)
        {
            cancellation.ThrowIfCancellationRequested();
            using var step = NewDisposeScope();
            var decoded = FeatureVisualization.Decode(path);
            var picture = Small(decoded);
            var (patches, whole) = Features(tower, decoded);
            var maps = matmul(patches, texts.t()).t().view(-1, grid, grid).cpu().RequireFinite("the patches'", path);
            var cosines = matmul(whole, texts.t()).squeeze(0).cpu().data<float>().ToArray();
            var cells = new List<SheetPicture> { new(picture, $"{decoded.Width} x {decoded.Height}") };
            foreach (var (i, text) in Texts.Index())
            {
                var (map, low, high) = HeatColors.Of(maps[i]);
                heats.Add(new TextHeat(path, text, cosines[i], low, high));
                cells.Add(new SheetPicture(
                    FeatureVisualization.Blend(picture, map.Enlarge(picture.Height, picture.Width, smooth: true)),
                    string.Create(CultureInfo.InvariantCulture, $"image {cosines[i]:0.000}, patches {low:0.000} to {high:0.000}")));
            }

            sheet.Add(Path.GetFileName(path), cells);
        }

        var png = sheet.ToPng();
        AtomicFile.Write(output, path => File.WriteAllBytes(path, png));
        return heats;
    }

    /// <summary>Unit features of each patch alone, float32 [N, C], and of the whole image, [1, C].</summary>
    internal static (Tensor Patches, Tensor Whole) Features(FrozenTower tower, DecodedImage image)
    {
        var (vision, side) = (tower.Vision, tower.Vision.Options.ImageSize);
        using var scope = NewDisposeScope();
        using var autocast = tower.Precision.Enter(tower.Device);
        var pixels = Pixels.Normalize(ImageStack.Of([new ImageTransform(side, side).Apply(image)], side, side).to(tower.Device));
        var tokens = vision.ForwardFeatures(pixels, norm: true);                                     // [1, class token and N, D]
        var classTokens = vision.Options.UseClassToken ? 1 : 0;
        var alone = tokens.narrow(1, classTokens, tokens.shape[1] - classTokens).transpose(0, 1);    // [N, 1, D]
        return (Unit(vision.Pool(alone)).MoveToOuterDisposeScope(), Unit(vision.Pool(tokens)).MoveToOuterDisposeScope());
    }

    private static DecodedImage Small(DecodedImage image)
    {
        var scale = (double)FeatureSheet.PictureSide / Math.Max(image.Width, image.Height);
        var (height, width) = (Math.Max(1, (int)Math.Round(scale * image.Height)), Math.Max(1, (int)Math.Round(scale * image.Width)));
        return DecodedImage.OfPlanes(new ImageTransform(height, width).Apply(image), height, width);
    }

    private static Tensor Unit(Tensor features) => nn.functional.normalize(features.to(float32), p: 2, dim: -1);
}
