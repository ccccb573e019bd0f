using System.Buffers.Binary;
using System.Text;
using PerceptionEncoder.Serialization.Weights;
using PerceptionEncoder.Tensors;
using PerceptionEncoder.Tests.Golden;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tests.Serialization.Weights;

public sealed class SafetensorsTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("pe-safetensors-").FullName;

    public SafetensorsTests() => TorchRuntime.Initialize();

    private string File => Path.Combine(folder, "tensors.safetensors");

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [InlineData(ScalarType.Float64)]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.Float16)]
    [InlineData(ScalarType.BFloat16)]
    [InlineData(ScalarType.Int64)]
    [InlineData(ScalarType.Int32)]
    [InlineData(ScalarType.Int16)]
    [InlineData(ScalarType.Int8)]
    [InlineData(ScalarType.Byte)]
    [InlineData(ScalarType.Bool)]
    public void Every_element_type_comes_back_in_every_kind_of_shape(ScalarType type)
    {
        using var scope = NewDisposeScope();
        var grid = (arange(24, dtype: float32) - 7).view(4, 6).to(type);
        (string Name, Tensor Tensor)[] written =
        [
            ("grid", grid), ("scalar", grid[1, 2]), ("empty", grid.narrow(0, 0, 0)), ("turned", grid.t()), ("part", grid.narrow(1, 1, 3)),
            ("spread", grid.narrow(1, 0, 1).expand(4, 5)),
            ("Grüße \"\\\n", grid.view(2, 2, 6)), ("", grid),
        ];
        SafetensorsWriter.Write(File, written, new Dictionary<string, string> { ["config"] = "{\"größe\": 1}" });

        using var file = SafetensorsFile.Open(File);
        Assert.Equal("{\"größe\": 1}", file.Metadata["config"]);
        Assert.Equal(written.Length, file.Entries.Count);
        foreach (var (name, tensor) in written)
        {
            var read = file.Read(name);
            Assert.Equal(tensor.dtype, read.dtype);
            Assert.Equal(0, GoldenFolder.MaxDifference(tensor, read));
            Assert.Equal(0, ((SafetensorsEntry)file.Entries[name]).Begin % tensor.element_size());
        }
    }

    [Fact]
    public void Reading_into_a_tensor_converts_its_type_and_respects_its_strides()
    {
        using var scope = NewDisposeScope();
        var values = randn(3, 4);
        SafetensorsWriter.Write(File, [("values", values)]);
        using var file = SafetensorsFile.Open(File);
        var (same, narrow, turned) = (zeros(3, 4), zeros(3, 4, dtype: bfloat16), zeros(4, 3).t());
        file.ReadInto("values", same);
        file.ReadInto("values", narrow);
        file.ReadInto("values", turned);
        Assert.Equal(0, GoldenFolder.MaxDifference(values, same));
        Assert.Equal(0, GoldenFolder.MaxDifference(values.to(bfloat16), narrow));
        Assert.Equal(0, GoldenFolder.MaxDifference(values, turned));
    }

    [Fact]
    public void A_missing_name_and_another_shape_are_refused_with_both_sides_named()
    {
        using var scope = NewDisposeScope();
        SafetensorsWriter.Write(File, [("values", zeros(3, 4))]);
        using var file = SafetensorsFile.Open(File);
        Assert.Contains("other", Assert.Throws<UserErrorException>(() => file.Read("other")).Message, StringComparison.Ordinal);
        var refusal = Assert.Throws<UserErrorException>(() => file.ReadInto("values", zeros(4, 3))).Message;
        Assert.Contains("[3, 4]", refusal, StringComparison.Ordinal);
        Assert.Contains("[4, 3]", refusal, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_tensors_of_one_name_are_not_written()
    {
        using var scope = NewDisposeScope();
        Assert.Throws<ArgumentException>(() => SafetensorsWriter.Write(File, [("twice", zeros(1)), ("twice", ones(1))]));
        Assert.Throws<ArgumentException>(() => SafetensorsWriter.Write(File, [("__metadata__", zeros(1))]));
        Assert.False(System.IO.File.Exists(File));
    }

    [Theory]
    [InlineData("""[]""")]
    [InlineData("""{"a": 1}""")]
    [InlineData("""{"a": {"dtype": "F32", "shape": [1]}}""")]
    [InlineData("""{"a": {"dtype": "F99", "shape": [1], "data_offsets": [0, 4]}}""")]
    [InlineData("""{"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 4]}}""")]
    [InlineData("""{"a": {"dtype": "F32", "shape": [-1], "data_offsets": [0, 4]}}""")]
    [InlineData("""{"a": {"dtype": "F32", "shape": [1.5], "data_offsets": [0, 4]}}""")]
    [InlineData("""{"a": {"dtype": "F32", "shape": [1], "data_offsets": [4, 0]}}""")]
    [InlineData("""{"a": {"dtype": "F32", "shape": [1], "data_offsets": [-4, 0]}}""")]
    [InlineData("""{"a": {"dtype": "F32", "shape": [1], "data_offsets": [4, 8]}}""")]
    [InlineData("""{"a": {"dtype": "F32", "shape": [4611686018427387904, 4], "data_offsets": [0, 4]}}""")]
    [InlineData("""{"a": {"dtype": "F32", "shape": [0, 4611686018427387904], "data_offsets": [0, 0]}}""")]
    [InlineData("""{"a": {"dtype": "F32", "shape": [99999999999999999999], "data_offsets": [0, 4]}}""")]
    [InlineData(
        """{"a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}, "b": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}""")]
    [InlineData(
        """{"a": {"dtype": "U8", "shape": [1], "data_offsets": [0, 1]}, "b": {"dtype": "U8", "shape": [2], "data_offsets": [2, 4]}}""")]
    [InlineData("""{"a": {"dtype": "U8", "shape": [2], "data_offsets": [0, 2]}}""")]
    [InlineData(
        """{"a": {"dtype": "U8", "shape": [2], "data_offsets": [0, 2]}, "a": {"dtype": "U8", "shape": [2], "data_offsets": [2, 4]}}""")]
    [InlineData("""{"\ud800": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}""")]
    [InlineData("""{"__metadata__": {"n": 1}, "a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}""")]
    [InlineData("""{"two\nlines": {"dtype": "F32\n", "shape": [1], "data_offsets": [0, 4]}}""")]
    public void A_header_that_lies_is_refused_in_one_line(string header)
    {
        Save(Encoding.UTF8.GetBytes(header), new byte[4]);
        AssertRefusedInOneLine();
    }

    [Fact]
    public void A_shape_of_very_many_sides_is_refused()
    {
        Save(
            Encoding.UTF8.GetBytes(
                $$$"""{"a": {"dtype": "F32", "shape": [{{{string.Join(",", Enumerable.Repeat(1, 100_000))}}}], "data_offsets": [0, 4]}}"""),
            new byte[4]);
        AssertRefusedInOneLine();
    }

    [Theory]
    [InlineData(0L)]
    [InlineData(-1L)]
    [InlineData(long.MaxValue)]
    [InlineData(1_000_000_000L)]
    public void A_header_length_that_lies_is_refused_before_memory_is_taken(long length)
    {
        var bytes = new byte[64];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, length);
        System.IO.File.WriteAllBytes(File, bytes);
        var before = GC.GetAllocatedBytesForCurrentThread();
        AssertRefusedInOneLine();
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1_000_000);
    }

    [Fact]
    public void Every_cut_of_a_file_is_refused_and_a_missing_file_too()
    {
        var whole = Sample();
        for (var length = 0; length < whole.Length; length++)
        {
            System.IO.File.WriteAllBytes(File, whole[..length]);
            AssertRefusedInOneLine();
        }

        System.IO.File.Delete(File);
        AssertRefusedInOneLine();
    }

    private byte[] Sample()
    {
        using var scope = NewDisposeScope();
        SafetensorsWriter.Write(
            File,
            [("weight", ones(2, 3)), ("bias", ones(3)), ("step", tensor(7L))],
            new Dictionary<string, string> { ["config"] = "{}" });
        return System.IO.File.ReadAllBytes(File);
    }

    private void Save(byte[] header, byte[] data)
    {
        var prefix = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(prefix, header.Length);
        System.IO.File.WriteAllBytes(File, [.. prefix, .. header, .. data]);
    }

    private void AssertRefusedInOneLine()
    {
        var message = Assert.Throws<UserErrorException>(() => SafetensorsFile.Open(File)).Message;
        Assert.StartsWith(File, message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', message);
        Assert.InRange(message.Length, 1, File.Length + 400);
    }
}
