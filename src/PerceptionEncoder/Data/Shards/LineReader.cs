namespace PerceptionEncoder.Data.Shards;

/// <summary>
/// A JSONL file, gzipped or not, as a shard: each line that is not blank is a sample with a <c>json</c> member, and its key is file and
/// line.
/// </summary>
internal sealed class LineReader : IShardReader
{
    private static readonly string[] Extensions = [".jsonl", ".jsonl.gz"];

    private readonly string path;
    private readonly IEnumerator<(int Number, byte[] Utf8)> lines;

    /// <exception cref="UserErrorException">The file is missing or cannot be read.</exception>
    public LineReader(string path)
    {
        this.path = path;
        lines = UserText.Lines(path, unpack: true).GetEnumerator();
    }

    /// <summary>Whether a file is one by its name.</summary>
    public static bool IsLines(string path)
        => Array.Exists(Extensions, extension => path.EndsWith(extension, StringComparison.OrdinalIgnoreCase));

    public Sample? Read()
        => lines.MoveNext()
            ? new Sample(
                $"{Path.GetFileName(path)}:{lines.Current.Number}",
                path,
                new Dictionary<string, ReadOnlyMemory<byte>> { ["json"] = lines.Current.Utf8 })
            : null;

    public long Skip(long count)
    {
        var skipped = 0L;
        while (skipped < count && lines.MoveNext())
        {
            skipped++;
        }

        return skipped;
    }

    public void Dispose() => lines.Dispose();
}
