using System.Text;
using PerceptionEncoder.Search;
using PerceptionEncoder.Serialization.Features;
using PerceptionEncoder.Serialization.Weights;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tests.Serialization.Features;

public sealed class FeatureReaderTests : IDisposable
{
    private static readonly Dictionary<string, string> About = new() { [FeatureMetadata.Model] = "abc", [FeatureMetadata.Kind] = "image" };

    private readonly FeatureFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("f.npy", ScalarType.Float32)]
    [InlineData("f.npy", ScalarType.Float16)]
    [InlineData("f.safetensors", ScalarType.Float32)]
    [InlineData("f.safetensors", ScalarType.BFloat16)]
    [InlineData("f.parquet", ScalarType.Float32)]
    public void Rows_keys_and_metadata_come_back_as_they_were_written(string name, ScalarType type)
    {
        using var numbers = arange(30, float32).reshape(10, 3).to(type);
        Write(name, numbers);
        using var reader = FeatureReader.Open(folder.PathOf(name));
        Assert.Equal((10, type), (reader.Rows, reader.Type));
        Assert.Equal([3], reader.RowShape);
        Assert.Equal(Enumerable.Range(0, 10).Select(i => $"key {i}"), reader.Keys());
        Assert.Equal(("abc", "image"), (reader.Metadata[FeatureMetadata.Model], reader.Metadata[FeatureMetadata.Kind]));
        using var some = reader.Read(4, 3);
        Assert.True(some.Equals(numbers.narrow(0, 4, 3)));
        var blocks = reader.Blocks(4).ToArray();
        using var together = cat(blocks);
        Assert.True(together.Equals(numbers));
        Assert.Throws<ArgumentOutOfRangeException>(() => reader.Read(8, 3));
        Array.ForEach(blocks, block => block.Dispose());

        using var index = SearchIndex.Open(folder.PathOf(name));
        Assert.Equal("key 7", index.Find([21, 22, 23], 1)[0].Id);
    }

    [Fact]
    public void Rows_across_groups_of_parquet_are_read_in_any_order()
    {
        const int Rows = 700_000;                               // of 4 numbers: two groups of 2^19 rows
        using var numbers = arange(Rows * 4, float32).reshape(Rows, 4);
        using (var file = FeatureFile.Open(folder.PathOf("f.parquet"), ScalarType.Float32, [4], "all"))
        {
            file.Append([.. Enumerable.Range(0, Rows).Select(i => $"{i}")], numbers, Rows);
            file.Complete(Rows);
        }

        using var reader = FeatureReader.Open(folder.PathOf("f.parquet"));
        using var across = reader.Read((1 << 19) - 2, 5);
        Assert.True(across.Equals(numbers.narrow(0, (1 << 19) - 2, 5)));
        using var first = reader.Read(0, 2);
        Assert.True(first.Equals(numbers.narrow(0, 0, 2)));
        Assert.Equal("699999", reader.Keys().Last());
    }

    [Fact]
    public void Arrays_and_lone_tensors_of_others_are_read_and_their_rows_are_numbered()
    {
        using var numbers = arange(6, float32).reshape(2, 3);
        SafetensorsWriter.Write(folder.PathOf("other.safetensors"), [("embeddings", numbers)]);
        var head = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }".PadRight(117) + "\n";
        File.WriteAllBytes(
            folder.PathOf("other.npy"),
            [0x93, .. "NUMPY"u8, 1, 0, (byte)head.Length, 0, .. Encoding.ASCII.GetBytes(head), .. numbers.bytes]);
        foreach (var name in new[] { "other.safetensors", "other.npy" })
        {
            using var reader = FeatureReader.Open(folder.PathOf(name));
            Assert.Equal(["0", "1"], reader.Keys());
            using var all = reader.Read(0, 2);
            Assert.True(all.Equals(numbers));
        }
    }

    [Theory]
    [InlineData("{'descr': '<f8', 'fortran_order': False, 'shape': (2, 3), }", "<f8", "float32 or float16")]
    [InlineData("{'descr': '<f4', 'fortran_order': True, 'shape': (2, 3), }", "column order")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (6,), }", "1 dimensions")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (20000000000, 30000000000), }", "bytes of numbers")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 4), }", "promises 32 bytes")]
    [InlineData("nothing", "no type and shape")]
    public void An_array_that_features_cannot_be_in_is_refused_in_one_line(string head, params string[] parts)
    {
        File.WriteAllBytes(
            folder.PathOf("f.npy"),
            [0x93, .. "NUMPY"u8, 1, 0, (byte)head.Length, 0, .. Encoding.ASCII.GetBytes(head), .. new byte[24]]);
        Refused("f.npy", parts);
    }

    [Fact]
    public void What_is_missing_cut_or_no_vector_is_refused_in_one_line()
    {
        Refused("none.npy", "no such file");
        File.WriteAllText(folder.PathOf("text.npy"), "no array at all");
        Refused("text.npy", "does not begin");
        File.WriteAllText(folder.PathOf("f.csv"), "a,b");
        Refused("f.csv", ".parquet");
        File.WriteAllText(folder.PathOf("text.parquet"), "no table at all");
        Refused("text.parquet", "cannot be read as Parquet");
        using var two = zeros(2, 3);
        SafetensorsWriter.Write(folder.PathOf("two.safetensors"), [("a", two), ("b", two)]);
        Refused("two.safetensors", "'features'");
        FeatureFolder.WriteWhole(folder.PathOf("tokens.npy"), 10);
        Refused("tokens.npy", () => SearchIndex.Open(folder.PathOf("tokens.npy")), "[2, 3]", "pooled");
        File.WriteAllText(folder.PathOf("tokens.npy.keys.txt"), "one\n");
        using var fewer = FeatureReader.Open(folder.PathOf("tokens.npy"));
        Refused("tokens.npy", () => Assert.Fail(string.Concat(fewer.Keys())), "names 1 rows");
    }

    [Fact]
    public void An_unfinished_file_is_named_as_such()
    {
        using (var file = FeatureFolder.Open(folder.PathOf("f.npy")))
        {
            FeatureFolder.Append(file, 10, 7);
            file.Flush();
        }

        Refused("f.npy", "f.npy.partial is unfinished");
    }

    private void Write(string name, Tensor numbers)
    {
        using var file = FeatureFile.Open(folder.PathOf(name), numbers.dtype, [3], "all", About);
        file.Append([.. Enumerable.Range(0, 10).Select(i => $"key {i}")], numbers, 10);
        file.Complete(10);
    }

    private void Refused(string name, params string[] parts)
        => Refused(name, () => FeatureReader.Open(folder.PathOf(name)).Dispose(), parts);

    private void Refused(string name, Action open, params string[] parts)
    {
        var refusal = Assert.Throws<UserErrorException>(open);
        Assert.Single(refusal.Lines);
        Assert.StartsWith(folder.PathOf(name), refusal.Message, StringComparison.Ordinal);
        Assert.All(parts, part => Assert.Contains(part, refusal.Message, StringComparison.Ordinal));
    }
}
