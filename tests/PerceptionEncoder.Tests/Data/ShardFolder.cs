using System.Text;
using PerceptionEncoder.Data.Shards;

namespace PerceptionEncoder.Tests.Data;

/// <summary>A temporary folder of small shards, gone after the test.</summary>
internal sealed class ShardFolder : IDisposable
{
    public ShardFolder() => Root = Directory.CreateTempSubdirectory("pe-shards-").FullName;

    public string Root { get; }

    public string PathOf(string name) => Path.Combine(Root, name);

    /// <summary>
    /// Shards NAME-0.tar, NAME-1.tar, ... with as many samples each as the counts say; keys count through the whole source.
    /// </summary>
    public SourceOptions AddSource(string name, IEnumerable<int> counts, double weight = 1)
    {
        var index = 0;
        var shard = 0;
        foreach (var count in counts)
        {
            using var writer = new ShardWriter(PathOf($"{name}-{shard++}.tar"));
            for (var i = 0; i < count; i++)
            {
                Write(writer, $"{name}{index++:D5}");
            }
        }

        return new SourceOptions { Shards = PathOf($"{name}-{{0..{shard - 1}}}.tar"), Weight = weight };
    }

    /// <summary>One shard with samples of the given keys.</summary>
    public string AddShard(string name, params IEnumerable<string> keys)
    {
        using var writer = new ShardWriter(PathOf(name));
        foreach (var key in keys)
        {
            Write(writer, key);
        }

        return PathOf(name);
    }

    public static (string Extension, ReadOnlyMemory<byte> Data) Member(string extension, string text)
        => (extension, Encoding.UTF8.GetBytes(text));

    public void Dispose() => Directory.Delete(Root, recursive: true);

    private static void Write(ShardWriter writer, string key)
        => writer.Write(key, Member("jpg", $"image of {key}"), Member("txt", $"caption of {key}"));
}
