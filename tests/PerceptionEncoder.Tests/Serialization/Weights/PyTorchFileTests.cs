using System.Text.Json;
using PerceptionEncoder.Serialization.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tests.Serialization.Weights;

/// <summary>The files of tests/fixtures/pytorch were written by torch.save 1.13; write_fixtures.py beside them says how.</summary>
public sealed class PyTorchFileTests : IDisposable
{
    private static readonly string Fixtures = Path.Combine(RepositoryPaths.Root, "tests/fixtures/pytorch");
    private static readonly JsonElement Expected = JsonDocument.Parse(
        File.ReadAllText(Path.Combine(Fixtures, "expected.json"))).RootElement;

    private readonly DisposeScope scope = NewDisposeScope();
    private readonly string folder = Directory.CreateTempSubdirectory("pe-pt-").FullName;

    public static TheoryData<string> Readable
        => new(Expected.EnumerateObject().Where(entry => entry.Value.TryGetProperty("tensors", out _)).Select(entry => entry.Name));

    public static TheoryData<string> Refused
        => new(Expected.EnumerateObject().Where(entry => entry.Value.TryGetProperty("error", out _)).Select(entry => entry.Name));

    public void Dispose()
    {
        scope.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    [Theory]
    [MemberData(nameof(Readable))]
    public void What_torch_saved_is_read(string name)
    {
        using var file = TensorFile.Open(Path.Combine(Fixtures, name));
        Assert.IsType<PyTorchFile>(file);
        var tensors = Expected.GetProperty(name).GetProperty("tensors").EnumerateObject().ToArray();
        Assert.Equal(tensors.Select(tensor => tensor.Name), file.Entries.Keys);
        foreach (var tensor in tensors)
        {
            var read = file.Read(tensor.Name);
            Assert.Equal(tensor.Value.GetProperty("shape").EnumerateArray().Select(side => side.GetInt64()), read.shape);
            Assert.Equal(TypeName(tensor.Value.GetProperty("dtype").GetString()!), read.dtype);
            Assert.Equal(
                tensor.Value.GetProperty("values").EnumerateArray().Select(value => value.GetDouble()),
                read.numel() == 0 ? [] : read.to(float64).data<double>().ToArray());
        }
    }

    [Theory]
    [MemberData(nameof(Refused))]
    public void What_is_more_than_tensors_or_not_supported_is_refused_by_name(string name)
    {
        var message = Assert.Throws<UserErrorException>(() => TensorFile.Open(Path.Combine(Fixtures, name))).Message;
        Assert.Contains(Expected.GetProperty(name).GetProperty("error").GetString()!, message);
        Assert.DoesNotContain('\n', message);
    }

    [Fact]
    public void What_is_written_is_read_back()
    {
        var path = Path.Combine(folder, "written.pt");
        var types = new[] { float64, float32, float16, bfloat16, int64, int32, int16, int8, uint8, ScalarType.Bool };
        (string Name, Tensor Tensor)[] tensors =
        [
            .. types.Select(type => (type.ToString(), randint(0, 2, [3, 5]).to(type))),
            ("scalar", tensor(1.5f)), ("empty", empty(0, 4)), ("transposed", randn(4, 6).t()), ("größe", randn(2)),
        ];
        PyTorchWriter.Write(path, tensors);
        using var file = TensorFile.Open(path);
        Assert.Equal(tensors.Select(tensor => tensor.Name), file.Entries.Keys);
        foreach (var (name, tensor) in tensors)
        {
            var read = file.Read(name);
            Assert.Equal(tensor.dtype, read.dtype);
            Assert.Equal(tensor.shape, read.shape);
            Assert.True(read.to(float64).allclose(tensor.to(float64), 0, 0), name);
        }
    }

    [Fact]
    public void What_is_written_can_be_used_where_it_lies_and_is_the_same_bytes_each_time()
    {
        string[] paths = [Path.Combine(folder, "first.pt"), Path.Combine(folder, "second.pt")];
        (string Name, Tensor Tensor)[] tensors =
        [
            ("half", ones(3, dtype: float16)),
            ("odd", ones(5, dtype: uint8)),
            ("weight", arange(12.0f).view(3, 4)),
            ("bias", arange(7.0f)),
        ];
        foreach (var path in paths)
        {
            PyTorchWriter.Write(path, tensors);
        }

        Assert.Equal(File.ReadAllBytes(paths[0]), File.ReadAllBytes(paths[1]));
        using var file = TensorFile.Open(paths[0]);
        Assert.True(file.Map("weight")!.equal(tensors[2].Tensor).all().item<bool>());
        Assert.True(file.Map("bias")!.equal(tensors[3].Tensor).all().item<bool>());
    }

    [Fact]
    public void An_archive_that_is_cut_short_or_compressed_is_refused()
    {
        var whole = File.ReadAllBytes(Path.Combine(Fixtures, "plain.pt"));
        var path = Path.Combine(folder, "cut.pt");
        File.WriteAllBytes(path, whole[..(whole.Length / 2)]);
        Assert.Contains("cut short", Assert.Throws<UserErrorException>(() => TensorFile.Open(path)).Message);

        using (var zip = System.IO.Compression.ZipFile.Open(Path.Combine(folder, "bomb.pt"), System.IO.Compression.ZipArchiveMode.Create))
        {
            using var member = zip.CreateEntry("archive/data.pkl", System.IO.Compression.CompressionLevel.SmallestSize).Open();
            member.Write(new byte[1 << 20]);
        }

        Assert.Contains("compressed", Assert.Throws<UserErrorException>(() => TensorFile.Open(Path.Combine(folder, "bomb.pt"))).Message);
    }

    private static ScalarType TypeName(string name) => name switch
    {
        "float64" => float64, "float32" => float32, "float16" => float16, "bfloat16" => bfloat16,
        "int64" => int64, "int32" => int32, "int16" => int16, "int8" => int8, "uint8" => uint8, _ => ScalarType.Bool,
    };
}
