using PerceptionEncoder.Serialization.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tests.Serialization.Weights;

public sealed class ShardedTensorFileTests : IDisposable
{
    private readonly DisposeScope scope = NewDisposeScope();
    private readonly string folder = Directory.CreateTempSubdirectory("pe-shards-").FullName;

    public void Dispose()
    {
        scope.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public void Tensors_are_read_from_the_shards_that_hold_them()
    {
        var (a, b) = (randn(2, 3), randn(4).to(bfloat16));
        SafetensorsWriter.Write(Path.Combine(folder, "model-00001-of-00002.safetensors"), [("a", a)]);
        SafetensorsWriter.Write(Path.Combine(folder, "model-00002-of-00002.safetensors"), [("b", b)]);
        using var file = TensorFile.Open(Index(
            """{"metadata": {}, "weight_map": {"a": "model-00001-of-00002.safetensors", "b": "model-00002-of-00002.safetensors"}}"""));

        Assert.Equal(["a", "b"], file.Entries.Keys.Order(StringComparer.Ordinal));
        Assert.True(file.Read("a").allclose(a));
        Assert.Equal(bfloat16, file.Read("b").dtype);
        Assert.Equal(Index(null), WeightsLocation.Find(folder));
    }

    [Theory]
    [InlineData("../secret.safetensors")]
    [InlineData("/etc/passwd")]
    [InlineData("sub/file.safetensors")]
    [InlineData("..")]
    [InlineData("")]
    [InlineData("model.safetensors.index.json")]
    public void A_shard_outside_the_folder_is_refused(string shard)
        => Assert.Contains("not a plain file name", Error($$$"""{"weight_map": {"a": "{{{shard}}}"}}"""));

    [Theory]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("""{"weight_map": 3}""")]
    [InlineData("""{"weight_map": {"a": 3}}""")]
    [InlineData("""{"metadata": {}}""")]
    public void A_damaged_index_is_an_error(string json) => Assert.Contains("not a usable index", Error(json));

    [Fact]
    public void A_missing_shard_and_a_tensor_that_is_not_in_its_shard_are_errors()
    {
        Assert.Contains("model-1.safetensors", Error("""{"weight_map": {"a": "model-1.safetensors"}}"""));
        SafetensorsWriter.Write(Path.Combine(folder, "model-1.safetensors"), [("b", ones(1))]);
        Assert.Contains("does not hold it", Error("""{"weight_map": {"a": "model-1.safetensors"}}"""));
    }

    private string Error(string json) => Assert.Throws<UserErrorException>(() => TensorFile.Open(Index(json))).Message;

    private string Index(string? json)
    {
        var path = Path.Combine(folder, "model.safetensors.index.json");
        if (json is not null)
        {
            File.WriteAllText(path, json);
        }

        return path;
    }
}
