using PerceptionEncoder.Evaluation.Dense.Correspondence;
using SixLabors.ImageSharp;
using SixLabors.ImageSharp.Formats.Png;
using SixLabors.ImageSharp.PixelFormats;

namespace PerceptionEncoder.Tests.Evaluation.Dense.Correspondence;

public sealed class ViewPairsTests : IDisposable
{
    private const string Lens = "100 0 40 0 100 30 0 0 1";
    private const string Aside = "1 0 0 -0.1 0 1 0 0 0 0 1 0 0 0 0 1";

    private readonly string root = Directory.CreateTempSubdirectory("pe-views-").FullName;
    private readonly List<string> log = [];

    public ViewPairsTests() => Directory.CreateDirectory(Path.Combine(root, "depth"));

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Fact]
    public void Places_move_with_the_camera_and_those_without_confirmed_depth_are_left_out()
    {
        Depth("a", 2000);
        Depth("b", 2000);
        Depth("near", 1000);
        List([.. new[] { "b", "near", "c" }.Select(other => $"a.jpg {other}.jpg 0 0 {Lens} {Lens} {Aside}")]);
        var pair = Assert.Single(Read());
        Assert.Equal(("images/a.jpg", "images/b.jpg", 80, 60), (pair.Source, pair.Target, pair.SourceSize.Width, pair.SourceSize.Height));
        Assert.All(pair.SourcePoints.Zip(pair.TargetPoints), points =>
        {
            // 10 cm to the right at 2 m, through a lens of 100 pixels.
            Assert.Equal(points.First.X - 5, points.Second.X, 1e-9);
            Assert.Equal(points.First.Y, points.Second.Y, 1e-9);
        });
        Assert.Equal(15 * 16, pair.SourcePoints.Count);
        Assert.Equal(80, pair.Length(null));
        Assert.Contains("2 pairs have no depth", Assert.Single(log), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a.jpg b.jpg 0 0 1 2 3")]
    [InlineData("a.jpg b.jpg 1 0 " + Lens + " " + Lens + " " + Aside)]
    [InlineData("a.jpg b.jpg 0 0 " + Lens + " " + Lens + " x" + Aside)]
    public void A_line_that_is_no_pair_is_refused_with_its_number(string line)
    {
        List("", line);
        Assert.Contains(":2: is no pair", Assert.Throws<UserErrorException>(Read).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Depth_in_eight_bits_is_refused()
    {
        Depth("b", 2000);
        using (var grey = new Image<L8>(80, 60))
        {
            grey.SaveAsPng(Path.Combine(root, "depth", "a.png"));
        }

        List($"a.jpg b.jpg 0 0 {Lens} {Lens} {Aside}");
        Assert.Contains("16 bits", Assert.Throws<UserErrorException>(Read).Message, StringComparison.Ordinal);
    }

    private IReadOnlyList<KeyPointPair> Read()
        => CorrespondenceFolder.Pairs(new CorrespondenceSetOptions { Name = "views", Data = root }, log.Add);

    private void List(params string[] lines) => File.WriteAllLines(Path.Combine(root, ViewPairs.List), lines);

    private void Depth(string name, ushort millimetres)
    {
        using var map = new Image<L16>(80, 60, new L16(millimetres));
        map.SaveAsPng(
            Path.Combine(root, "depth", $"{name}.png"),
            new PngEncoder { ColorType = PngColorType.Grayscale, BitDepth = PngBitDepth.Bit16 });
    }
}
