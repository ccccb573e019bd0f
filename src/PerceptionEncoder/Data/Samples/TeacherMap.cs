using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json;
using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Serialization.Features;
using static TorchSharp.torch;

namespace PerceptionEncoder.Data.Samples;

// E channels · h, w places of the map · g places of the view, a side
/// <summary>
/// What a per-pixel teacher says of every place of an image, as it lies in a shard: <c>KEY.map.npy</c>, float16 or float32 [E, h, w] over
/// the whole image, and where it was made by us <c>KEY.map.json</c> with the image's hash, by which a map of another image is found out.
/// </summary>
internal sealed class TeacherMap
{
    public const int MostChannels = 1 << 16;

    public const string ArrayMember = "map.npy", NoteMember = "map.json";

    private readonly float[] values;
    private readonly int channels;
    private readonly int height;
    private readonly int width;

    private TeacherMap(float[] values, int channels, int height, int width)
        => (this.values, this.channels, this.height, this.width) = (values, channels, height, width);

    /// <summary>The same data with maps read beside the images.</summary>
    public static DataOptions ReadWith(DataOptions data)
        => data with { Train = [.. data.Train.Select(source => source with { Besides = [ArrayMember, NoteMember] })] };

    /// <summary>What is written beside a map.</summary>
    /// <param name="image">The image file.</param>
    public static byte[] NoteOf(ReadOnlySpan<byte> image) => JsonSerializer.SerializeToUtf8Bytes(new Note(HashOf(image)));

    /// <summary>The file of a map.</summary>
    /// <param name="map">float16 [E, h, w], contiguous, on the CPU.</param>
    public static byte[] Write(Tensor map)
    {
        var row = new FeatureRow(ScalarType.Float16, [.. map.shape.Skip(1)]);
        return [.. FeatureHeader.Bytes(FeatureFormat.Npy, row, map.shape[0], new Dictionary<string, string>()), .. map.bytes];
    }

    /// <summary>The map of a sample.</summary>
    /// <param name="sample">As stored.</param>
    /// <param name="image">Its image file.</param>
    /// <param name="channels">That are expected.</param>
    /// <exception cref="BadSampleException">It is missing, damaged, of another image or of other channels.</exception>
    public static TeacherMap Of(Sample sample, ReadOnlySpan<byte> image, int channels)
    {
        if (!sample.Members.TryGetValue(ArrayMember, out var array))
        {
            throw new BadSampleException("missing teacher map", $"no {ArrayMember} among {sample.List()}");
        }

        if (sample.Members.TryGetValue(NoteMember, out var note) && ReadNote(note.Span) != HashOf(image))
        {
            throw new BadSampleException("teacher map of another image", "the image's hash is not the one the map was made with");
        }

        var header = HeaderOf(array);
        if (header.Shape is not [var stored, >= 1 and <= 4096 and var height, >= 1 and <= 4096 and var width])
        {
            throw new BadSampleException(
                "damaged teacher map",
                $"it is [{string.Join(", ", header.Shape)}], where a map is [channels, height, width]");
        }

        if (stored != channels)
        {
            throw new BadSampleException("teacher map with other channels", $"it has {stored}, and maps.channels is {channels}");
        }

        var bytes = array.Span[(int)header.Begin..];
        var values = header.Type == ScalarType.Float16
            ? Array.ConvertAll(MemoryMarshal.Cast<byte, Half>(bytes).ToArray(), value => (float)value)
            : MemoryMarshal.Cast<byte, float>(bytes).ToArray();
        return Array.TrueForAll(values, float.IsFinite)
            ? new TeacherMap(values, channels, (int)height, (int)width)
            : throw new BadSampleException("damaged teacher map", "a number in it is not finite");
    }

    /// <summary>What the map says of an augmented view, bilinearly between its places.</summary>
    /// <param name="view">Of the image.</param>
    /// <param name="grid">g.</param>
    /// <param name="target">[E, g, g].</param>
    public void WriteView(AugmentedView view, int grid, Span<float> target)
    {
        var columns = Taps(grid, width, view.Box.Left, view.Box.Width, view.Width, view.IsFlipped);
        var rows = Taps(grid, height, view.Box.Top, view.Box.Height, view.Height, isFlipped: false);
        var filled = 0;
        for (var channel = 0; channel < channels; channel++)
        {
            var plane = values.AsSpan(channel * height * width, height * width);
            foreach (var (top, below, down) in rows)
            {
                var upper = plane.Slice(top * width, width);
                var lower = plane.Slice(below * width, width);
                foreach (var (left, right, across) in columns)
                {
                    var above = upper[left] + (across * (upper[right] - upper[left]));
                    var under = lower[left] + (across * (lower[right] - lower[left]));
                    target[filled++] = above + (down * (under - above));
                }
            }
        }
    }

    /// <summary>Of each place of the view the two places of the map it lies between, and how far it is from the first.</summary>
    private static (int First, int Second, float Share)[] Taps(int grid, int places, int start, int length, int whole, bool isFlipped)
        => [.. Enumerable.Range(0, grid).Select(place =>
        {
            var seen = (place + 0.5) / grid;
            var within = (start + ((isFlipped ? 1 - seen : seen) * length)) / whole;
            var at = Math.Clamp((within * places) - 0.5, 0, places - 1);
            var first = (int)at;
            return (first, Math.Min(first + 1, places - 1), (float)(at - first));
        })];

    private static NpyHeader HeaderOf(ReadOnlyMemory<byte> array)
    {
        try
        {
            // Only the head is read of it: members lie in arrays of their own.
            using var stream = MemoryMarshal.TryGetArray(array, out var bytes)
                ? new MemoryStream(bytes.Array!, bytes.Offset, bytes.Count, writable: false)
                : new MemoryStream(array.ToArray(), writable: false);
            return NpyHeader.Read(stream, ArrayMember);
        }
        catch (UserErrorException damaged)
        {
            throw new BadSampleException("damaged teacher map", damaged.Message);
        }
    }

    private static string ReadNote(ReadOnlySpan<byte> note)
    {
        try
        {
            return JsonSerializer.Deserialize<Note>(note)?.ImageSha256 ?? "";
        }
        catch (JsonException damaged)
        {
            throw new BadSampleException("damaged teacher map", $"{NoteMember}: {damaged.Message}");
        }
    }

    private static string HashOf(ReadOnlySpan<byte> image) => Convert.ToHexStringLower(SHA256.HashData(image));

    private sealed record Note([property: System.Text.Json.Serialization.JsonPropertyName("image_sha256")] string ImageSha256);
}
