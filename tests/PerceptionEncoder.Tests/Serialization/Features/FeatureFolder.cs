using System.Buffers.Binary;
using System.Text;
using System.Text.RegularExpressions;
using Parquet;
using Parquet.Schema;
using PerceptionEncoder.Serialization.Features;
using PerceptionEncoder.Serialization.Weights;
using PerceptionEncoder.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tests.Serialization.Features;

/// <summary>A temporary folder with a feature file, a known row for each input, and readers that are not the writer's.</summary>
internal sealed class FeatureFolder : IDisposable
{
    public const string Fingerprint = "weights 1, inputs 2";

    public static readonly long[] RowShape = [2, 3];

    public FeatureFolder()
    {
        TorchRuntime.Initialize();
        Root = Directory.CreateTempSubdirectory("pe-features-").FullName;
    }

    public string Root { get; }

    public string PathOf(string name) => Path.Combine(Root, name);

    public string[] Names()
        => [.. Directory.GetFileSystemEntries(Root, "*", new EnumerationOptions { AttributesToSkip = 0 })
            .Select(path => Path.GetFileName(path))
            .Order(StringComparer.Ordinal)];

    public void Dispose() => Directory.Delete(Root, recursive: true);

    public static FeatureFile Open(string path, string fingerprint = Fingerprint, ScalarType type = ScalarType.Float32)
        => FeatureFile.Open(path, type, RowShape, fingerprint);

    /// <summary>Every third input is unreadable.</summary>
    public static bool IsReadable(long input) => input % 3 != 1;

    public static string KeyOf(long input) => $"photos/größe {input}.jpg";

    public static float[] RowOf(long input) => [input, input + 0.5f, -input, 0.25f * input, 1, input * 8];

    /// <summary>Appends the readable inputs after those that the file has, in batches of whole rows.</summary>
    /// <returns>Whether there were any left.</returns>
    public static bool Append(FeatureFile file, long inputs, int batch)
    {
        long[] next = [.. Enumerable.Range(0, (int)inputs).Select(i => (long)i).Where(i => i >= file.Inputs && IsReadable(i)).Take(batch)];
        if (next.Length == 0)
        {
            return false;
        }

        using var rows = tensor(next.SelectMany(RowOf).ToArray()).reshape([next.Length, .. RowShape]);
        file.Append([.. next.Select(KeyOf)], rows, next[^1] + 1);
        return true;
    }

    public static void WriteWhole(string path, long inputs, int batch = 4)
    {
        using var file = Open(path);
        while (Append(file, inputs, batch))
        {
        }

        file.Complete(inputs);
    }

    public static float[] ExpectedNumbers(long inputs)
        => [.. Enumerable.Range(0, (int)inputs).Where(i => IsReadable(i)).SelectMany(i => RowOf(i))];

    public static string[] ExpectedKeys(long inputs)
        => [.. Enumerable.Range(0, (int)inputs).Where(i => IsReadable(i)).Select(i => KeyOf(i))];

    /// <summary>By the format's own description: magic, version, length, a Python dictionary, numbers.</summary>
    public static (string Type, long[] Shape, byte[] Data) ReadNpy(string path)
    {
        var bytes = File.ReadAllBytes(path);
        Assert.Equal([0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y', 1, 0], bytes[..8]);
        var end = 10 + BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(8));
        Assert.Equal(0, end % 64);
        var match = Regex.Match(
            Encoding.ASCII.GetString(bytes[10..end]),
            @"^\{'descr': '(<f[24])', 'fortran_order': False, 'shape': \(([\d, ]+)\), \} *\n$");
        Assert.True(match.Success);
        return (
            match.Groups[1].Value,
            [.. match.Groups[2].Value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
                .Select(long.Parse)],
            bytes[end..]);
    }

    public static (long[] Shape, float[] Numbers, string KeysFile) ReadSafetensors(string path)
    {
        using var file = SafetensorsFile.Open(path);
        var (name, entry) = Assert.Single(file.Entries);
        Assert.Equal("features", name);
        using var table = file.Read(name);
        using var numbers = table.to(float32);
        return ([.. entry.Shape], numbers.data<float>().ToArray(), file.Metadata["keys"]);
    }

    public static async Task<(string[] Keys, float[] Numbers, int Groups, string RowShape)> ReadParquet(string path)
    {
        await using var reader = await ParquetReader.CreateAsync(path);
        var key = (DataField)reader.Schema.Fields[0];
        var element = (DataField)((ListField)reader.Schema.Fields[1]).Item;
        Assert.Equal(["key", "feature"], reader.Schema.Fields.Select(field => field.Name));
        var row = (int)(RowShape[0] * RowShape[1]);
        var keys = new List<string>();
        var numbers = new List<float>();
        foreach (var group in reader.RowGroups)
        {
            var names = new string[group.RowCount];
            await group.ReadAsync(key, names);
            var values = new float[group.RowCount * row];
            var repetitions = new int[values.Length];
            await group.ReadRawAsync<float>(element, values, new int[values.Length], repetitions);
            Assert.Equal(Enumerable.Range(0, values.Length).Select(i => i % row == 0 ? 0 : 1), repetitions);
            keys.AddRange(names);
            numbers.AddRange(values);
        }

        return ([.. keys], [.. numbers], reader.RowGroupCount, reader.CustomMetadata["row_shape"]);
    }
}
