using System.Globalization;
using PerceptionEncoder.Evaluation.Harness;
using PerceptionEncoder.Evaluation.Harness.Frozen;
using PerceptionEncoder.Evaluation.Reports;
using PerceptionEncoder.Media.Images;
using PerceptionEncoder.Models.Clip;
using PerceptionEncoder.Serialization;
using PerceptionEncoder.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace PerceptionEncoder.Evaluation.Visualization;

// B images · g grid side · D width
/// <summary>
/// Pictures of what the layers of some towers see in some images, as one PNG: images down, layers across, one tower after the other.
/// </summary>
public sealed record FeatureVisualization
{
    /// <summary>Image files.</summary>
    public required IReadOnlyList<string> Images { get; init; }

    /// <summary>Layers, counted from 0; negative counts from the end.</summary>
    public required IReadOnlyList<int> Layers { get; init; }

    /// <summary>What is shown of each image.</summary>
    public IReadOnlyList<FeatureView> Views { get; init; } = [FeatureView.Features];

    /// <summary>The place that similarity and attention are seen from; similarity needs one.</summary>
    public ImagePoint? Point { get; init; }

    /// <summary>Leave out the background before components are found.</summary>
    public bool ForegroundOnly { get; init; }

    /// <summary>Draws the sheet.</summary>
    /// <param name="towers">One, or several to be compared: a tower before and after alignment.</param>
    /// <param name="output">The PNG; what is there is replaced.</param>
    /// <param name="cancellation">Stops between images.</param>
    /// <returns>
    /// Of each tower layers from 0, and the share of the tokens' variance that the colours of each show; empty where none are drawn.
    /// </returns>
    /// <exception cref="UserErrorException">An image cannot be read, there is no such layer or point, or the file cannot be
    /// written.</exception>
    public IReadOnlyList<IReadOnlyDictionary<int, double>> Write(
        IReadOnlyList<FrozenTower> towers,
        string output,
        CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(towers);
        if (Views.Contains(FeatureView.Similarity) && Point is null)
        {
            throw new UserErrorException("similarity is seen from a point: add --point x,y.");
        }

        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        SeenBy[] seen = [.. towers.Select(tower => See(tower, scope, cancellation))];
        var names = ShortNamesOf(towers);
        var sheet = new FeatureSheet
        {
            Title = string.Join("   ", towers.Select(tower
                => $"{tower.Vision.Options.ImageSize} px, {Grid(tower)}x{Grid(tower)} patches   {tower.Path}").Distinct()),
            Columns =
            [
                "image",
                .. seen.Zip(names).SelectMany(pair => pair.First.Layers.Select(
                    layer => $"{pair.Second}layer {layer} of {pair.First.Depth}")),
            ],
        };
        for (var i = 0; i < Images.Count; i++)
        {
            var image = seen[0].Images[i];
            foreach (var (row, view) in Views.Index())
            {
                sheet.Add(row == 0 ? image.Name : "",
                [
                    row == 0 ? new SheetPicture(image.Picture, $"{image.Width} x {image.Height}", image.Point) : new SheetPicture(null, ""),
                    .. seen.SelectMany(tower => tower.Layers.Select(layer => Cell(view, tower.Images[i], layer, tower.Colors, i))),
                ]);
            }
        }

        var png = sheet.ToPng();
        AtomicFile.Write(output, path => File.WriteAllBytes(path, png));
        return [.. seen.Select(tower => tower.Colors.ToDictionary(entry => entry.Key, entry => entry.Value.Variance))];
    }

    /// <summary>What stands before the layers of each of several towers.</summary>
    private static IEnumerable<string> ShortNamesOf(IReadOnlyList<FrozenTower> towers)
        => towers.Count == 1 ? [""] : ShortNames.Of([.. towers.Select(tower => tower.Path)]).Select(name => name + ", ");

    /// <summary>Tokens and colours go to the scope given.</summary>
    private SeenBy See(FrozenTower tower, DisposeScope keep, CancellationToken cancellation)
    {
        int[] layers = [.. Layers.Select(tower.Vision.ResolveLayer)];
        var images = Images.Select(path =>
        {
            cancellation.ThrowIfCancellationRequested();
            return Encode(tower, path, layers, keep);
        }).ToArray();
        var colors = Views.Any(view => view is FeatureView.Features or FeatureView.Overlay)
            ? layers.Distinct().ToDictionary(
                layer => layer,
                layer => FeatureColors.Of(stack(images.Select(image => image.Tokens[layer]).ToArray()), ForegroundOnly))
            : [];
        return new SeenBy(layers, tower.Vision.Options.Layers, images, colors);
    }

    private static long Grid(FrozenTower tower) => tower.Vision.Options.ImageSize / tower.Vision.Options.PatchSize;

    /// <summary>Tokens and weights go to the scope given.</summary>
    private Shown Encode(FrozenTower tower, string path, int[] layers, DisposeScope keep)
    {
        using var scope = NewDisposeScope();
        var decoded = Decode(path);
        var (side, grid) = (tower.Vision.Options.ImageSize, Grid(tower));
        var scale = (double)FeatureSheet.PictureSide / Math.Max(decoded.Width, decoded.Height);
        var (height, width) = (Math.Max(1, (int)Math.Round(scale * decoded.Height)), Math.Max(1, (int)Math.Round(scale * decoded.Width)));
        var input = Pixels.Normalize(ImageStack.Of([new ImageTransform(side, side).Apply(decoded)], side, side).to(tower.Device));
        var small = new ImageTransform(height, width).Apply(decoded);
        var classTokens = tower.Vision.Options.UseClassToken ? 1 : 0;
        var tokens = new Dictionary<int, Tensor>();
        var attention = new Dictionary<int, Tensor>();
        using var autocast = tower.Precision.Enter(tower.Device);
        tower.Vision.ForwardLayers(
            input,
            (layer, values) =>
            {
                if (layers.Contains(layer))
                {
                    tokens[layer] = values.narrow(1, classTokens, grid * grid)
                        .to(float32)
                        .view(grid, grid, -1).cpu()
                        .RequireFinite($"layer {layer}'s", path)
                        .MoveToOtherDisposeScope(keep);
                }
            },
            layers.Max());
        var point = Point?.In(path, decoded.Width, decoded.Height);
        if (Views.Contains(FeatureView.Attention))
        {
            foreach (var layer in layers.Distinct())
            {
                attention[layer] = Attention(tower.Vision.AttentionWeights(input, layer), point, classTokens, grid).cpu()
                    .MoveToOtherDisposeScope(keep);
            }
        }

        return new Shown(
            Path.GetFileName(path),
            decoded.Width,
            decoded.Height,
            DecodedImage.OfPlanes(small, height, width),
            point,
            tokens,
            attention,
            classTokens > 0);
    }

    /// <summary>How one token attends to the patches, mean over heads, [g, g].</summary>
    private static Tensor Attention(Tensor weights, (double X, double Y)? point, int classTokens, long grid)
    {
        using var scope = NewDisposeScope();
        var mean = weights.to(float32).mean([0, 1]).narrow(1, classTokens, grid * grid);                      // [N, g g]
        var row = point is { } place ? mean[classTokens + Patch(place, grid)] : classTokens > 0 ? mean[0] : mean.mean([0]);
        return row.view(grid, grid).MoveToOuterDisposeScope();
    }

    private static long Patch((double X, double Y) point, long grid) => ((long)(point.Y * grid) * grid) + (long)(point.X * grid);

    private static SheetPicture Cell(FeatureView view, Shown image, int layer, Dictionary<int, FeatureColors> colors, int index)
    {
        var (height, width) = (image.Picture.Height, image.Picture.Width);
        switch (view)
        {
            case FeatureView.Features:
                return new SheetPicture(
                    colors[layer].Maps[index].Enlarge(height, width, smooth: false),
                    string.Create(CultureInfo.InvariantCulture, $"3 components, {colors[layer].Variance:P0} of variance"));
            case FeatureView.Overlay:
                return new SheetPicture(
                    Blend(image.Picture, colors[layer].Maps[index].Enlarge(height, width, smooth: true)),
                    "over the image");
            case FeatureView.Similarity:
                var (map, low, high) = HeatColors.Of(Similarity(image.Tokens[layer], image.Point!.Value));
                return new SheetPicture(
                    map.Enlarge(height, width, smooth: false),
                    string.Create(CultureInfo.InvariantCulture, $"cosine with point, {low:0.00} to {high:0.00}"),
                    image.Point);
            case FeatureView.Norms:
                using (NewDisposeScope())
                {
                    var (lengths, shortest, longest) = HeatColors.Of(image.Tokens[layer].norm(-1, keepdim: false, p: 2));
                    return new SheetPicture(
                        lengths.Enlarge(height, width, smooth: false),
                        string.Create(CultureInfo.InvariantCulture, $"length of tokens, {shortest:0.0} to {longest:0.0}"));
                }

            default:
                var (looks, least, most) = HeatColors.Of(image.Attention[layer]);
                var from = image.Point is not null ? "point" : image.HasClassToken ? "class token" : "all patches";
                return new SheetPicture(
                    looks.Enlarge(height, width, smooth: false),
                    string.Create(CultureInfo.InvariantCulture, $"attention from {from}, {100 * least:0.00} to {100 * most:0.00} %"),
                    image.Point);
        }
    }

    private static Tensor Similarity(Tensor tokens, (double X, double Y) point)
    {
        using var scope = NewDisposeScope();
        var grid = tokens.shape[0];
        var units = nn.functional.normalize(tokens.flatten(0, 1), p: 2, dim: -1);
        return matmul(units, units[Patch(point, grid)]).view(grid, grid).MoveToOuterDisposeScope();
    }

    /// <summary>Colours over an image in grey.</summary>
    internal static DecodedImage Blend(DecodedImage image, DecodedImage colors)
        => image with
        {
            Pixels = [.. image.Pixels.Chunk(3)
                .Zip(colors.Pixels.Chunk(3), (below, above) => above.Select(
                    channel => (byte)((0.6 * channel) + (0.4 * ((0.299 * below[0]) + (0.587 * below[1]) + (0.114 * below[2]))))).ToArray())
                .SelectMany(pixel => pixel)],
        };

    /// <exception cref="UserErrorException">The file is missing, or no usable image.</exception>
    internal static DecodedImage Decode(string path)
        => NamedImage.Read(path, file => ImageDecoders.Default.Decode(file, IImageDecoder.DefaultMaximumPixels));

    /// <summary>What one tower makes of all images.</summary>
    private sealed record SeenBy(int[] Layers, int Depth, Shown[] Images, Dictionary<int, FeatureColors> Colors);

    private sealed record Shown(
        string Name, int Width, int Height, DecodedImage Picture, (double X, double Y)? Point, Dictionary<int, Tensor> Tokens,
        Dictionary<int, Tensor> Attention, bool HasClassToken);
}
