using System.Buffers.Binary;
using System.Text.Json;

namespace PerceptionEncoder.Serialization.Weights;

/// <summary>
/// The head of a safetensors file, checked whole: every tensor inside the file, of the size its shape asks for, and no byte unclaimed or
/// claimed twice.
/// </summary>
internal sealed record SafetensorsHeader(IReadOnlyDictionary<string, TensorEntry> Entries, IReadOnlyDictionary<string, string> Metadata)
{
    private const int LengthPrefix = 8;
    private const long MaximumLength = 100_000_000;
    private const int MaximumRank = 64;
    private const int MaximumQuoted = 100;

    /// <exception cref="UserErrorException">The file is cut short or the header lies.</exception>
    public static SafetensorsHeader Read(Stream stream, string path)
    {
        Span<byte> prefix = stackalloc byte[LengthPrefix];
        if (stream.ReadAtLeast(prefix, LengthPrefix, throwOnEndOfStream: false) < LengthPrefix)
        {
            throw Broken(path, $"{stream.Length} bytes is too short");
        }

        var length = BinaryPrimitives.ReadInt64LittleEndian(prefix);
        if (length is < 2 or > MaximumLength || length > stream.Length - LengthPrefix)
        {
            throw Broken(path, $"header length {length} does not fit a file of {stream.Length} bytes");
        }

        var json = new byte[length];
        stream.ReadExactly(json);
        try
        {
            var header = Parse(json, LengthPrefix + length, stream.Length);
            CheckCoverage(header.Entries.Values.Cast<SafetensorsEntry>(), LengthPrefix + length, stream.Length);
            return header;
        }
        catch (FormatException failure)
        {
            throw Broken(path, failure.Message);
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            throw Broken(path, $"the header is not the expected JSON ({Quoted(failure.Message)})");
        }
    }

    private static SafetensorsHeader Parse(byte[] json, long dataStart, long fileLength)
    {
        using var document = JsonDocument.Parse(json);
        var entries = new Dictionary<string, TensorEntry>(StringComparer.Ordinal);
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var property in document.RootElement.EnumerateObject())
        {
            if (property.Name == SafetensorsWriter.MetadataKey)
            {
                foreach (var item in property.Value.EnumerateObject())
                {
                    metadata[item.Name] = item.Value.GetString() ?? "";
                }
            }
            else if (!entries.TryAdd(property.Name, ParseEntry(property, dataStart, fileLength)))
            {
                throw new FormatException($"tensor {Quoted(property.Name)} is listed twice");
            }
        }

        return new SafetensorsHeader(entries, metadata);
    }

    private static SafetensorsEntry ParseEntry(JsonProperty property, long dataStart, long fileLength)
    {
        var name = Quoted(property.Name);
        var typeName = property.Value.GetProperty("dtype").GetString() ?? "";
        if (!SafetensorsDTypes.TryParse(typeName, out var type, out var size))
        {
            throw new FormatException($"tensor {name} has element type {Quoted(typeName)}, which is not supported");
        }

        var offsets = property.Value.GetProperty("data_offsets").EnumerateArray().Select(offset => offset.GetInt64()).ToArray();
        if (offsets.Length != 2 || offsets[0] < 0 || offsets[1] < offsets[0] || offsets[1] > fileLength - dataStart)
        {
            throw new FormatException($"tensor {name} points outside the file");
        }

        var shape = property.Value.GetProperty("shape").EnumerateArray().Select(side => side.GetInt64()).ToArray();
        var length = offsets[1] - offsets[0];
        return Bytes(shape, size) is not { } bytes ? throw new FormatException($"tensor {name} has an impossible shape")
            : bytes != length
                ? throw new FormatException($"tensor {name} of shape [{string.Join(", ", shape)}] {typeName} does not have {length} bytes")
            : new SafetensorsEntry(property.Name, type, shape, dataStart + offsets[0], length);
    }

    /// <summary>Null where libtorch could not even describe the shape: too many sides, a negative one, or strides beyond 63 bits.</summary>
    private static long? Bytes(long[] shape, int elementSize)
    {
        Int128 extent = elementSize;
        foreach (var side in shape.Length <= MaximumRank ? shape : [-1])
        {
            extent *= Math.Max(1, side);
            if (side < 0 || extent > long.MaxValue)
            {
                return null;
            }
        }

        return shape.Contains(0) ? 0 : (long)extent;
    }

    private static void CheckCoverage(IEnumerable<SafetensorsEntry> entries, long dataStart, long fileLength)
    {
        var end = dataStart;
        foreach (var entry in entries.OrderBy(entry => entry.Begin).ThenBy(entry => entry.Length))
        {
            if (entry.Begin != end)
            {
                throw new FormatException($"tensor {Quoted(entry.Name)} {(entry.Begin < end ? "overlaps another" : "follows a gap")}");
            }

            end = entry.Begin + entry.Length;
        }

        if (end != fileLength)
        {
            throw new FormatException($"{fileLength - end} bytes at the end belong to no tensor");
        }
    }

    private static UserErrorException Broken(string path, string why)
        => new($"{path}: not a usable safetensors file: {why}. Copy or download it again.");

    /// <summary>Text of a file that may be anything, fit for one line.</summary>
    private static string Quoted(string text)
    {
        var line = new string([.. text.Take(MaximumQuoted).Select(character => char.IsControl(character) ? '?' : character)]);
        return line.Length < text.Length ? line + "..." : line;
    }
}
