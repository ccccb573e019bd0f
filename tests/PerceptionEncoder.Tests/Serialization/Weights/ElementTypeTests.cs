using System.Buffers.Binary;
using System.Text;
using PerceptionEncoder.Serialization.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tests.Serialization.Weights;

/// <summary>
/// What bits mean, against values worked out by hand: a file that is written and read with the same mistake comes back as it was.
/// </summary>
public sealed class ElementTypeTests : IDisposable
{
    private readonly DisposeScope scope = NewDisposeScope();
    private readonly string folder = Directory.CreateTempSubdirectory("pe-types-").FullName;

    /// <summary>safetensors' name, torch's storage, one number's little-endian bytes in hex, its value, its type.</summary>
    public static TheoryData<string, string, string, double, ScalarType> Bits => new()
    {
        { "F64", "DoubleStorage", "000000000000F8BF", -1.5, ScalarType.Float64 },
        { "I64", "LongStorage", "000000000000F8BF", -4613937818241073152, ScalarType.Int64 },
        { "F32", "FloatStorage", "0000C0BF", -1.5, ScalarType.Float32 },
        { "I32", "IntStorage", "0000C0BF", -1077936128, ScalarType.Int32 },
        { "F16", "HalfStorage", "00BE", -1.5, ScalarType.Float16 },
        { "BF16", "BFloat16Storage", "C0BF", -1.5, ScalarType.BFloat16 },
        { "BF16", "BFloat16Storage", "00BE", -0.125, ScalarType.BFloat16 },
        { "I16", "ShortStorage", "00BE", -16896, ScalarType.Int16 },
        { "I8", "CharStorage", "81", -127, ScalarType.Int8 },
        { "U8", "ByteStorage", "81", 129, ScalarType.Byte },
        { "BOOL", "BoolStorage", "01", 1, ScalarType.Bool },
    };

    public void Dispose()
    {
        scope.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    [Theory]
    [MemberData(nameof(Bits))]
    public void Bits_are_read_as_the_type_that_the_file_names(string name, string storage, string hex, double value, ScalarType type)
    {
        var bytes = Convert.FromHexString(hex);
        foreach (var path in new[] { Safetensors(name, bytes), PyTorch(storage, bytes) })
        {
            using var file = TensorFile.Open(path);
            var read = file.Read("x");
            Assert.Equal(type, read.dtype);
            Assert.Equal(value, read.to(float64)[0].ToDouble());
        }
    }

    [Theory]
    [MemberData(nameof(Bits))]
    public void Bits_are_written_under_the_name_of_their_type(string name, string storage, string hex, double value, ScalarType type)
    {
        var number = type == ScalarType.Int64 ? tensor([(long)value]) : tensor([value]).to(type);
        var (safetensors, pytorch) = (Path.Combine(folder, "x.safetensors"), Path.Combine(folder, "x.pt"));
        SafetensorsWriter.Write(safetensors, [("x", number)]);
        PyTorchWriter.Write(pytorch, [("x", number)]);
        var text = Encoding.Latin1.GetString(File.ReadAllBytes(safetensors));
        Assert.Contains($"\"dtype\":\"{name}\"", text, StringComparison.Ordinal);
        Assert.EndsWith(hex, Convert.ToHexString(File.ReadAllBytes(safetensors)), StringComparison.Ordinal);
        Assert.Contains($"ctorch\n{storage}\n", Encoding.Latin1.GetString(File.ReadAllBytes(pytorch)), StringComparison.Ordinal);
    }

    [Fact]
    public void A_float32_model_takes_the_values_of_integers_and_not_their_bits()
    {
        var bytes = Convert.FromHexString("07000000");
        foreach (var path in new[] { Safetensors("I32", bytes), PyTorch("IntStorage", bytes) })
        {
            using var file = TensorFile.Open(path);
            var target = zeros(1);
            file.Attach("x", target);
            Assert.Equal(7, target[0].ToSingle());
        }
    }

    [Fact]
    public void Tensors_that_share_a_storage_do_not_share_memory_in_a_model()
    {
        using var file = TensorFile.Open(Path.Combine(RepositoryPaths.Root, "tests/fixtures/pytorch/views.pt"));
        var (first, second) = (zeros(24), zeros(24));
        file.Attach("whole", first);
        file.Attach("same", second);
        first.add_(1);
        Assert.Equal(0, second[0].ToSingle());
        Assert.Equal(1, first[0].ToSingle());
    }

    [Fact]
    public void The_numbers_of_an_aligned_PyTorch_file_are_mapped_and_others_copied()
    {
        var path = Path.Combine(folder, "plain.pt");
        File.Copy(Path.Combine(RepositoryPaths.Root, "tests/fixtures/pytorch/plain.pt"), path);
        using var file = TensorFile.Open(path);
        using var mapped = file.Map("conv1.weight");
        Assert.NotNull(mapped);
        Assert.True(mapped.allclose(file.Read("conv1.weight"), 0, 0));
        mapped.add_(1);
        Assert.False(mapped.allclose(file.Read("conv1.weight")));           // private pages: the file stays as it was
        Assert.Equal(File.ReadAllBytes(Path.Combine(RepositoryPaths.Root, "tests/fixtures/pytorch/plain.pt")), File.ReadAllBytes(path));
    }

    private string Safetensors(string name, byte[] bytes)
    {
        var header = Encoding.UTF8.GetBytes($$$"""{"x": {"dtype": "{{{name}}}", "shape": [1], "data_offsets": [0, {{{bytes.Length}}}]}}""");
        var prefix = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(prefix, header.Length);
        var path = Path.Combine(folder, "bits.safetensors");
        File.WriteAllBytes(path, [.. prefix, .. header, .. bytes]);
        return path;
    }

    private string PyTorch(string storage, byte[] bytes)
    {
        var path = Path.Combine(folder, "bits.pt");
        PickledArchive.Save(path, new Dictionary<string, object?> { ["x"] = new PickledTensor([1], bytes, storage) });
        return path;
    }
}
