using System.Text.Json;
using static TorchSharp.torch;

namespace PerceptionEncoder.Serialization.Weights;

/// <summary>
/// Weights split over several files, with an <c>*.index.json</c> beside them whose <c>weight_map</c> says which file holds which tensor,
/// as Hugging Face writes <c>model.safetensors.index.json</c> and <c>pytorch_model.bin.index.json</c>.
/// </summary>
internal sealed class ShardedTensorFile : TensorFile
{
    /// <summary>End of an index's file name.</summary>
    public const string IndexSuffix = ".index.json";

    private readonly Dictionary<string, TensorFile> shards;
    private readonly Dictionary<string, TensorFile> shardOfTensor;

    private ShardedTensorFile(string path, Dictionary<string, TensorFile> shards, Dictionary<string, TensorFile> shardOfTensor)
        : base(path)
    {
        this.shards = shards;
        this.shardOfTensor = shardOfTensor;
        Entries = shardOfTensor.ToDictionary(entry => entry.Key, entry => entry.Value.Entries[entry.Key]);
        Metadata = shards.Values.FirstOrDefault()?.Metadata ?? new Dictionary<string, string>();
    }

    /// <summary>The metadata of the first shard.</summary>
    public override IReadOnlyDictionary<string, string> Metadata { get; }

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, TensorEntry> Entries { get; }

    /// <summary>Opens the index and every shard it names.</summary>
    /// <exception cref="UserErrorException">
    /// The index or a shard is missing or damaged, leads out of its folder, or names a tensor that its shard lacks.
    /// </exception>
    public static new ShardedTensorFile Open(string path)
    {
        var folder = System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(path))!;
        var shards = new Dictionary<string, TensorFile>(StringComparer.Ordinal);
        try
        {
            var shardOfTensor = new Dictionary<string, TensorFile>(StringComparer.Ordinal);
            foreach (var (tensor, shard) in ReadMap(path))
            {
                if (!shards.TryGetValue(shard, out var file))
                {
                    shards[shard] = file = TensorFile.Open(System.IO.Path.Combine(folder, Inside(path, shard)));
                }

                shardOfTensor[tensor] = file.Entries.ContainsKey(tensor) ? file
                    : throw new UserErrorException(
                        $"{path}: says that {tensor} is in {shard}, which does not hold it. Copy or download the shards again.");
            }

            return new ShardedTensorFile(path, shards, shardOfTensor);
        }
        catch
        {
            DisposeAll(shards);
            throw;
        }
    }

    /// <summary>The names of the shards of an index, each once.</summary>
    /// <exception cref="UserErrorException">The index is missing or damaged, or names a file outside its folder.</exception>
    public static IReadOnlyList<string> Shards(string path)
        => [.. ReadMap(path).Select(entry => Inside(path, entry.Shard)).Distinct(StringComparer.Ordinal)];

    /// <inheritdoc/>
    internal override Tensor? Map(string name) => shardOfTensor.GetValueOrDefault(name)?.Map(name);

    /// <inheritdoc/>
    internal override Tensor ReadFirstRow(string name) => shardOfTensor[Find(name).Name].ReadFirstRow(name);

    /// <inheritdoc/>
    private protected override void CopyInto(TensorEntry entry, Tensor target) => shardOfTensor[entry.Name].ReadInto(entry.Name, target);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing) => DisposeAll(shards);

    private static void DisposeAll(Dictionary<string, TensorFile> shards)
    {
        foreach (var shard in shards.Values)
        {
            shard.Dispose();
        }
    }

    private static (string Tensor, string Shard)[] ReadMap(string path)
    {
        try
        {
            using var document = JsonDocument.Parse(UserFile.ReadRegular(path, UserText.Limit));
            (string, string)[] map = [.. document.RootElement.GetProperty("weight_map").EnumerateObject()
                .Select(entry => (entry.Name, entry.Value.GetString()!))];
            return map.Length > 0
                ? map
                : throw new UserErrorException($"{path}: its weight_map names no tensor. Copy or download it again.");
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            throw new UserErrorException(
                $"{path}: not a usable index: no weight_map of tensor names to file names. Copy or download it again.",
                failure);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"{path}: cannot be read ({failure.Message}). Name an existing {IndexSuffix} file.", failure);
        }
    }

    /// <summary>The name, where it stays in the index's own folder.</summary>
    private static string Inside(string path, string shard)
        => !string.IsNullOrEmpty(shard)
            && shard is not ("." or "..")
            && shard.IndexOfAny(['/', '\\', '\0']) < 0
            && !shard.EndsWith(IndexSuffix, StringComparison.Ordinal)
            ? shard
            : throw new UserErrorException($"{path}: names the shard '{shard}', which is not a plain file name beside it. "
                + "Do not use an index from a source you do not trust.");
}
