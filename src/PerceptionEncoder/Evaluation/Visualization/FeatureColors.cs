using TorchSharp;
using static TorchSharp.torch;

namespace PerceptionEncoder.Evaluation.Visualization;

// B images · g grid side · D width
/// <summary>
/// Colours of patch tokens: three principal components of lightly smoothed tokens become lightness, chroma and hue. Patches of one colour
/// have like features, across all images.
/// </summary>
/// <remarks>
/// Perception Encoder, App. B.3.2: PCA of 0.5 x + 0.5 blur(x), 3x3 with sigma 1. How far the components reach in L, C and h is not
/// published: here their middle 96 % fill L 30 to 90, C 10 to 75 and 300 degrees of hue, which leaves the two ends apart.
/// </remarks>
internal sealed class FeatureColors
{
    private const double Tail = 0.02;
    private static readonly (byte, byte, byte) Background = (16, 16, 16);

    private FeatureColors(IReadOnlyList<TokenMap> maps, double variance) => (Maps, Variance) = (maps, variance);

    /// <summary>One an image.</summary>
    public IReadOnlyList<TokenMap> Maps { get; }

    /// <summary>Share of the tokens' variance that the colours show.</summary>
    public double Variance { get; }

    /// <param name="tokens">Patch tokens of one layer, [B, g, g, D], any floating type.</param>
    /// <param name="foregroundOnly">
    /// Leave out the patches on the background's side of the first component, which is the one that fills more of the images' borders, and
    /// find the components of the others.
    /// </param>
    public static FeatureColors Of(Tensor tokens, bool foregroundOnly)
    {
        using var scope = NewDisposeScope();
        var (images, height, width) = ((int)tokens.shape[0], (int)tokens.shape[1], (int)tokens.shape[2]);
        var rows = LowPass(tokens.to(float32)).flatten(0, 2);                                                 // [B g g, D]
        var shown = foregroundOnly ? Foreground(rows, images, height, width) : ones(rows.shape[0], @bool);
        if (!shown.any().item<bool>())
        {
            shown = ones(rows.shape[0], @bool);
        }

        var kept = rows[shown];
        var components = PrincipalComponents.Of(kept, (int)Math.Min(3, rows.shape[1]));
        var coordinates = components.Project(kept);                                                          // [n, 3]
        var ends = coordinates.quantile(tensor(new[] { Tail, 1 - Tail }), 0);                                 // [2, 3]
        var places = ((coordinates - ends[0]) / (ends[1] - ends[0]).clamp_min(1e-12)).clamp(0, 1).data<double>().ToArray();
        var flags = shown.data<bool>().ToArray();
        var maps = new TokenMap[images];
        var (next, count, plane) = (0, (int)coordinates.shape[1], height * width);
        for (var image = 0; image < images; image++)
        {
            var colors = new byte[3 * plane];
            for (var patch = 0; patch < plane; patch++)
            {
                var color = flags[(image * plane) + patch] ? Color(places.AsSpan(count * next++, count)) : Background;
                (colors[3 * patch], colors[(3 * patch) + 1], colors[(3 * patch) + 2]) = color;
            }

            maps[image] = new TokenMap(height, width, colors);
        }

        return new FeatureColors(maps, components.Shares.Sum());
    }

    /// <summary>Half of each token and half of its neighbourhood's Gaussian mean; edges continue outward.</summary>
    /// <param name="tokens">[B, g, g, D].</param>
    internal static Tensor LowPass(Tensor tokens)
    {
        using var scope = NewDisposeScope();
        var (batch, height, width, channels) = (tokens.shape[0], tokens.shape[1], tokens.shape[2], tokens.shape[3]);
        var weights = exp(-0.5 * arange(-1, 2, float32, tokens.device).square());
        var kernel = outer(weights, weights);
        kernel = kernel / kernel.sum();
        var planes = tokens.permute(0, 3, 1, 2).reshape(batch * channels, 1, height, width);
        var padded = nn.functional.pad(planes, (1, 1, 1, 1), PaddingModes.Replicate);
        var blurred = nn.functional.conv2d(padded, kernel.view(1, 1, 3, 3));
        return ((0.5 * planes) + (0.5 * blurred))
            .view(batch, channels, height, width)
            .permute(0, 2, 3, 1).contiguous().MoveToOuterDisposeScope();
    }

    private static Tensor Foreground(Tensor rows, int images, int height, int width)
    {
        var positive = PrincipalComponents.Of(rows, 1).Project(rows).flatten() > 0;
        var border = zeros(height, width, @bool);
        border[0] = true;
        border[height - 1] = true;
        border.select(1, 0).fill_(true);
        border.select(1, width - 1).fill_(true);
        var atBorder = positive[border.flatten().repeat(images)].to(float64).mean().item<double>();
        return atBorder > 0.5 ? positive.logical_not() : positive;
    }

    private static (byte, byte, byte) Color(ReadOnlySpan<double> places)
    {
        var (second, third) = (places.Length > 1 ? places[1] : 0.5, places.Length > 2 ? places[2] : 0.5);
        return LchColor.ToRgb(30 + (60 * places[0]), 10 + (65 * second), 300 * third);
    }
}
