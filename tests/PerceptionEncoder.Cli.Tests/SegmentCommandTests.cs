using System.Buffers.Binary;
using System.Text.Json;

namespace PerceptionEncoder.Cli.Tests;

/// <summary>Masks of a picture, by a small model with random weights in place of a published one.</summary>
public sealed class SegmentCommandTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("pe-test-").FullName;
    private readonly string checkpoint;
    private readonly string picture;

    public SegmentCommandTests()
    {
        (checkpoint, picture) = (At("sam.safetensors"), At("picture.bmp"));
        SmallSegmentationFile.Write(checkpoint);
        WriteBitmap(picture, 40, 30);
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void A_point_gives_three_masks_as_pictures_an_overlay_and_a_record()
    {
        var (output, json) = (At("masks"), At("masks.json"));
        var said = Succeed("segment", picture, "--checkpoint", checkpoint, "--points", "12,8", "--output", output, "--json", json);
        Assert.Contains("3 masks", said, StringComparison.Ordinal);
        Assert.Equal(
            ["mask-001.png", "mask-002.png", "mask-003.png", "overlay.png"],
            Directory.GetFiles(output).Select(Path.GetFileName).Order());
        using var report = JsonDocument.Parse(File.ReadAllText(json));
        var masks = report.RootElement.GetProperty("masks").EnumerateArray().ToArray();
        Assert.Equal(masks.OrderByDescending(Iou).Select(Iou), masks.Select(Iou));
        foreach (var mask in masks)
        {
            var file = File.ReadAllBytes(Path.Combine(output, mask.GetProperty("file").GetString()!));
            Assert.Equal(40, BinaryPrimitives.ReadInt32BigEndian(file.AsSpan(16)));
            Assert.Equal(30, BinaryPrimitives.ReadInt32BigEndian(file.AsSpan(20)));
            Assert.InRange(mask.GetProperty("area").GetInt64(), 0, 40 * 30);
        }

        static double Iou(JsonElement mask) => mask.GetProperty("predicted_iou").GetDouble();
    }

    [Fact]
    public void Points_with_a_box_are_one_mask_and_boxes_one_each()
    {
        Assert.Contains("1 masks", Segment("one", "--points", "12,8", "30,20,0", "--boxes", "2,2,20,20"), StringComparison.Ordinal);
        Assert.Contains("2 masks", Segment("two", "--boxes", "2,2,20,20", "10,5,38,28"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_grid_finds_what_is_likely_and_stable()
    {
        Segment("all", "--grid", "3", "--min-iou", "0", "--min-stability", "0", "--batch", "2", "--precision", "bf16");
        Assert.True(File.Exists(At("all/overlay.png")));
    }

    [Fact]
    public void A_segmentation_checkpoint_is_inspected_and_converted()
    {
        var said = Succeed("checkpoint", "inspect", checkpoint);
        Assert.Contains("SAM 2.1", said, StringComparison.Ordinal);
        Succeed("checkpoint", "convert", checkpoint, At("again.safetensors"));
        Succeed("segment", picture, "--checkpoint", At("again.safetensors"), "--points", "12,8", "--output", At("again"));
    }

    [Theory]
    [InlineData("outside", "--points", "41,8")]
    [InlineData("is no point", "--points", "12")]
    [InlineData("is no point", "--points", "12,8,4")]
    [InlineData("is no box", "--boxes", "9,9,3,20")]
    [InlineData("--grid 0", "--grid", "0")]
    [InlineData("at least 1", "--batch", "0")]
    [InlineData("no multiple", "--image-size", "70")]
    public void What_cannot_be_meant_is_one_line_and_nothing_is_written(string message, params string[] arguments)
    {
        var (code, _, error) = PeProcess.Run(["segment", picture, "--checkpoint", checkpoint, "--output", At("none"), .. arguments]);
        Assert.Equal(2, code);
        Assert.Contains(message, Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
        Assert.False(Directory.Exists(At("none")));
    }

    [Fact]
    public void A_folder_with_something_in_it_is_left_alone()
    {
        var (code, _, error) = PeProcess.Run("segment", picture, "--checkpoint", checkpoint, "--points", "1,1", "--output", folder);
        Assert.Equal(2, code);
        Assert.Contains("not empty", error, StringComparison.Ordinal);
        Assert.True(File.Exists(picture));
    }

    private string At(string name) => Path.Combine(folder, name);

    /// <summary>24 bits a pixel, of sides whose rows need no padding.</summary>
    private static void WriteBitmap(string path, int width, int height)
    {
        const int head = 54;
        using var file = new BinaryWriter(File.Create(path));
        file.Write("BM"u8);
        foreach (var number in new[] { head + (3 * width * height), 0, head, 40, width, height, 1 | (24 << 16), 0, 0, 0, 0, 0, 0 })
        {
            file.Write(number);
        }

        file.Write(Enumerable.Range(0, 3 * width * height).Select(index => (byte)(index * 37)).ToArray());
    }

    private string Segment(string output, params string[] arguments)
        => Succeed(["segment", picture, "--checkpoint", checkpoint, "--output", At(output), .. arguments]);

    private static string Succeed(params string[] arguments)
    {
        var (code, output, error) = PeProcess.Run(arguments);
        Assert.True(code == 0, $"pe {string.Join(' ', arguments)} ended with {code}:\n{output}\n{error}");
        return output;
    }
}
