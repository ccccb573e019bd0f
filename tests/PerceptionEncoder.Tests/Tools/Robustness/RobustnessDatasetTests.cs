using System.Text;
using PerceptionEncoder.Data.Items;
using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Media.Images;
using PerceptionEncoder.Tests.Data;
using PerceptionEncoder.Tools.Robustness;

namespace PerceptionEncoder.Tests.Tools.Robustness;

public sealed class RobustnessDatasetTests : IDisposable
{
    private const int Side = 24;
    private readonly string root = Directory.CreateTempSubdirectory("pe-robustness-").FullName;

    [Fact]
    public void Each_set_has_the_samples_labels_and_text_files_of_the_source()
    {
        WriteSource(pictures: 3);
        Assert.Equal(3, Write("out", seed: 1));
        foreach (var name in RobustnessDataset.Names)
        {
            var set = ClipBenchmarkFolder.Open(Path.Combine(root, "out", name));
            Assert.Equal(["light", "dark"], set.ReadClassNames());
            var samples = SampleReader.ReadShards(set.Shards, new BadSamples()).ToArray();
            Assert.Equal(["s0", "s1", "s2"], samples.Select(sample => sample.Key));
            Assert.Equal(["0", "1", "0"], samples.Select(sample => Encoding.ASCII.GetString(sample.Members["cls"].Span)));
            Assert.All(samples, sample => Assert.Equal((Side, Side), Size(sample.Members["png"])));
        }
    }

    [Fact]
    public void The_same_seed_writes_the_same_bytes_and_another_does_not()
    {
        WriteSource(pictures: 2);
        Write("first", seed: 1);
        Write("second", seed: 1);
        Write("third", seed: 2);
        byte[] Shard(string folder, string name) => File.ReadAllBytes(Path.Combine(root, folder, name, "test/0.tar"));
        Assert.All(RobustnessDataset.Names, name => Assert.Equal(Shard("first", name), Shard("second", name)));
        Assert.All(["noise", "colour", "occlusion"], name => Assert.NotEqual(Shard("first", name), Shard("third", name)));
        Assert.Equal(Shard("first", "blur"), Shard("third", "blur"));
    }

    [Fact]
    public void A_sample_that_cannot_be_decoded_is_named_and_left_out()
    {
        WriteSource(pictures: 2, broken: true);
        var log = new List<string>();
        Assert.Equal(2, RobustnessDataset.Write(Path.Combine(root, "source"), "test", Path.Combine(root, "out"), 1, log.Add));
        Assert.Contains("broken", Assert.Single(log), StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_with_files_in_it_is_left_alone()
    {
        WriteSource(pictures: 1);
        Directory.CreateDirectory(Path.Combine(root, "out"));
        File.WriteAllText(Path.Combine(root, "out", "mine.txt"), "");
        Assert.Contains("not empty", Assert.Throws<UserErrorException>(() => Write("out", 1)).Message, StringComparison.Ordinal);
        Assert.Single(Directory.GetFileSystemEntries(Path.Combine(root, "out")));
    }

    [Theory]
    [InlineData("blur")]
    [InlineData("noise")]
    [InlineData("low-light")]
    [InlineData("edges")]
    [InlineData("colour")]
    [InlineData("occlusion")]
    public void A_corruption_does_to_a_picture_what_its_name_says(string name)
    {
        // Left half dark red, right half light red.
        var picture = new PlanarImage(
            Side,
            Side,
            [.. Enumerable.Range(0, 3 * Side * Side).Select(i => (byte)((i % Side < Side / 2 ? 60 : 180) * (i < Side * Side ? 1 : 0.5)))]);
        var changed = Corruption.All.Single(corruption => corruption.Name == name).Apply(picture, new SampleRandom(7));
        var (before, after) = (picture.Luma(), changed.Luma());
        double Step(float[] luma) => luma[(Side / 2)] - luma[(Side / 2) - 1];
        double Spread(float[] luma) => luma.Take(Side / 2).Max() - luma.Take(Side / 2).Min();
        switch (name)
        {
            case "blur":
                Assert.InRange(Step(after), 1, 0.6 * Step(before));
                Assert.Equal(before.Average(), after.Average(), 1.0);
                break;
            case "noise":
                Assert.True(Spread(after) > 20);
                break;
            case "low-light":
                Assert.InRange(after.Average() / before.Average(), 0.3, 0.4);
                break;
            case "edges":
                Assert.Equal(255, after[2], 1.0);
                Assert.True(after[Side / 2] < 220);
                Assert.Equal(changed.Planes[Side / 2], changed.Planes[(Side * Side) + (Side / 2)]);
                break;
            case "colour":
                Assert.True(
                    changed.Planes[0] < Math.Max(changed.Planes[Side * Side], changed.Planes[2 * Side * Side]),
                    "red is no longer the strongest channel");
                break;
            default:
                Assert.Equal(
                    Math.Pow(Math.Round(0.45 * Side), 2),
                    Enumerable.Range(0, Side * Side).Count(i => changed.Planes[i] == 128 && changed.Planes[(Side * Side) + i] == 128));
                break;
        }
    }

    public void Dispose() => Directory.Delete(root, recursive: true);

    private int Write(string output, ulong seed)
        => RobustnessDataset.Write(Path.Combine(root, "source"), "test", Path.Combine(root, output), seed, Assert.Fail);

    private void WriteSource(int pictures, bool broken = false)
    {
        var folder = Path.Combine(root, "source");
        Directory.CreateDirectory(Path.Combine(folder, "test"));
        File.WriteAllText(Path.Combine(folder, "classnames.txt"), "light\ndark\n");
        File.WriteAllText(Path.Combine(folder, "test/nshards.txt"), "1\n");
        using var shard = new ShardWriter(Path.Combine(folder, "test/0.tar"));
        for (var i = 0; i < pictures; i++)
        {
            shard.Write(
                $"s{i}",
                ("png", PngEncoder.Encode(TestImages.Noise(Side, Side, 3, (ulong)i))),
                ("cls", Encoding.ASCII.GetBytes($"{i % 2}")));
        }

        if (broken)
        {
            shard.Write("broken", ("png", new byte[] { 1, 2, 3 }), ("cls", "0"u8.ToArray()));
        }
    }

    private static (int Width, int Height) Size(ReadOnlyMemory<byte> file)
    {
        var image = ImageDecoders.Default.Decode(file.Span, IImageDecoder.DefaultMaximumPixels);
        return (image.Width, image.Height);
    }
}
