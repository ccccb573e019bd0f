using System.Text.Json;
using PerceptionEncoder.Media.Images;
using PerceptionEncoder.Media.Video;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tests.Golden;

/// <summary>Tiles and frames recorded from PLM's own code.</summary>
public class TilingGoldenTests
{
    /// <summary>One step of 8 bits, of values in [-1, 1].</summary>
    private const double OneStep = 0.00785;

    public static TheoryData<string> Numbers { get; } = GoldenFolder.Cases("tiling*.json");

    public static TheoryData<string> Pixels { get; } = GoldenFolder.Cases("tiling*.safetensors");

    [SkippableTheory]
    [MemberData(nameof(Numbers))]
    public void Every_picture_gets_the_published_grid(string name)
    {
        using var recording = Open(name);
        foreach (var row in recording.RootElement.GetProperty("grids").EnumerateArray())
        {
            var tiling = new ImageTiling(row[2].GetInt32(), row[3].GetInt32());
            var (width, height) = (row[0].GetInt32(), row[1].GetInt32());
            var grid = tiling.Grid(width, height, row[4].GetBoolean());
            Assert.Equal((row.GetRawText(), row[5].GetInt32(), row[6].GetInt32()), (row.GetRawText(), grid.Across, grid.Down));
            Assert.Equal(row[7].GetBoolean(), tiling.Fits(grid, width, height));
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Numbers))]
    public void Grids_are_tried_in_the_published_order(string name)
    {
        using var recording = Open(name);
        Assert.All(recording.RootElement.GetProperty("supported_grids").EnumerateObject(), recorded => Assert.Equal(
            recorded.Value.EnumerateArray().Select(grid => (grid[0].GetInt32(), grid[1].GetInt32())),
            ImageTiling.Grids(int.Parse(recorded.Name))));
    }

    [SkippableTheory]
    [MemberData(nameof(Numbers))]
    public void Every_clip_gets_the_published_frames(string name)
    {
        using var recording = Open(name);
        foreach (var recorded in recording.RootElement.GetProperty("frames").EnumerateArray())
        {
            var (total, limit) = (recorded.GetProperty("frames").GetInt32(), recorded.GetProperty("max_frames").GetInt32());
            var indices = FrameSampling.Indices(
                recorded.GetProperty("fps").GetDouble(),
                total,
                limit,
                recorded.GetProperty("sampling_fps").GetDouble(),
                Seconds("start_s"),
                Seconds("end_s"));
            if (recorded.GetProperty("indices").ValueKind == JsonValueKind.Array)
            {
                Assert.Equal(recorded.GetProperty("indices").EnumerateArray().Select(index => index.GetInt32()), indices);
            }
            else
            {
                // Where published code fails, there are frames all the same, all of the clip.
                Assert.InRange(indices.Length, 1, limit);
                Assert.All(indices, index => Assert.InRange(index, 0, total - 1));
            }

            double? Seconds(string field) => recorded.GetProperty(field) is { ValueKind: JsonValueKind.Number } value ? value.GetDouble() : null;
        }

        Assert.All(recording.RootElement.GetProperty("uniform_sample").EnumerateObject(), recorded =>
        {
            int[] counts = [.. recorded.Name.Split(',').Select(int.Parse)];
            Assert.Equal(
                recorded.Value.EnumerateArray().Select(index => index.GetInt32()),
                FrameSampling.Spread([.. Enumerable.Range(0, counts[0])], counts[1]));
        });
    }

    [SkippableTheory]
    [MemberData(nameof(Pixels))]
    public void Tiles_and_frames_have_the_published_pixels(string name)
    {
        using var file = GoldenFolder.Open(name);
        using var scope = NewDisposeScope();
        var checkedPictures = 0;
        foreach (var (index, recorded) in GoldenFolder.Config(file).GetProperty("pixels").EnumerateArray().Index())
        {
            var tiling = new ImageTiling(recorded.GetProperty("tile_size").GetInt32(), recorded.GetProperty("max_tiles").GetInt32());
            var expected = file.Read($"pixels{index}/out/tiles");
            var actual = Chunks(tiling, file.Read($"pixels{index}/in/image"));
            actual = recorded.GetProperty("thumbnail").GetString() switch
            {
                "before" => actual,
                "after" => cat([actual[1..], actual[..1]]),
                "both" => cat([actual, actual[..1]]),
                _ => actual[1..],
            };
            Assert.True(GoldenFolder.MaxDifference(expected, actual) <= OneStep, $"pixels{index}");
            checkedPictures++;
        }

        Assert.NotEqual(0, checkedPictures);
        Assert.All(new[] { ("plain/in/image", "plain/out/chunk", 0), ("several/in/image0", "several/out/chunks", 0), ("several/in/image1", "several/out/chunks", 1) },
            entry => Whole(file.Read(entry.Item1), file.Read(entry.Item2)[entry.Item3]));
        Assert.All(new[] { "frames", "frames_up" }, kind =>
        {
            var (frames, chunks) = (file.Read($"{kind}/in/frames"), file.Read($"{kind}/out/chunks"));
            for (var frame = 0; frame < frames.shape[0]; frame++)
            {
                Whole(frames[frame].permute(1, 2, 0), chunks[frame]);
            }
        });
    }

    /// <summary>A picture squashed into one chunk.</summary>
    private static void Whole(Tensor image, Tensor chunk)
        => Assert.True(GoldenFolder.MaxDifference(chunk, Chunks(new ImageTiling((int)chunk.shape[^1], 1), image)[0]) <= OneStep);

    /// <param name="tiling">Of the picture.</param>
    /// <param name="image">[height, width, 3], uint8.</param>
    private static Tensor Chunks(ImageTiling tiling, Tensor image)
    {
        var (height, width) = ((int)image.shape[0], (int)image.shape[1]);
        var count = tiling.Chunks(width, height);
        var planes = new byte[count * 3 * tiling.Side * tiling.Side];
        tiling.Apply(new DecodedImage(width, height, 3, image.contiguous().data<byte>().ToArray(), Indexed: false), planes);
        return (tensor(planes).to(float32).reshape(count, 3, tiling.Side, tiling.Side) / 127.5) - 1;
    }

    private static JsonDocument Open(string name)
    {
        GoldenFolder.SkipIfAbsent(name);
        return JsonDocument.Parse(File.ReadAllText(Path.Combine(GoldenFolder.Path, name)));
    }
}
