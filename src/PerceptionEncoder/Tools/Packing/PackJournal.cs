using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using PerceptionEncoder.Serialization;

namespace PerceptionEncoder.Tools.Packing;

/// <summary>
/// What of an output folder is finished: a line for the input and the options, one for each shard once it has its name, and one when all is
/// done. What a killed process left besides is made anew.
/// </summary>
internal sealed class PackJournal
{
    /// <summary>Its name in the output folder.</summary>
    public const string FileName = "pack.journal";

    private static readonly JsonSerializerOptions Layout = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        RespectRequiredConstructorParameters = true,
        RespectNullableAnnotations = true,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        IgnoreReadOnlyProperties = true,
    };

    private readonly string folder;
    private readonly Head head;
    private readonly List<PackedShard> shards = [];

    private PackJournal(string folder, Head head) => (this.folder, this.head) = (folder, head);

    /// <summary>The finished shards, in the order in which they were.</summary>
    public IReadOnlyList<PackedShard> Shards => shards;

    /// <summary>Whether everything is done.</summary>
    public bool IsComplete { get; private set; }

    private string PathOf => Path.Combine(folder, FileName);

    /// <summary>Takes up what an interrupted run has begun, or begins.</summary>
    /// <param name="folder">Of the output; made where it is not there.</param>
    /// <param name="input">Hash of the rows.</param>
    /// <param name="options">What decides the shards besides, by name.</param>
    /// <exception cref="UserErrorException">The folder holds something else, or was begun with another input or other options.</exception>
    public static PackJournal Open(string folder, string input, IReadOnlyDictionary<string, string> options)
    {
        var journal = new PackJournal(folder, new Head(input, options));
        var path = journal.PathOf;
        if (File.Exists(path))
        {
            journal.TakeUp(UserText.Read(path));
            return journal;
        }

        AtomicFolder.Create(folder);
        if (Directory.EnumerateFileSystemEntries(folder)
            .Any(entry => !Path.GetFileName(entry).StartsWith(AtomicFolder.IncompleteMark, StringComparison.Ordinal)))
        {
            throw new UserErrorException($"{folder}: is not empty and holds no {FileName} of an earlier run. Name a new folder.");
        }

        journal.Restart();
        return journal;
    }

    /// <summary>Forgets every shard.</summary>
    public void Restart()
    {
        shards.Clear();
        IsComplete = false;
        AtomicFile.WriteAllText(PathOf, Line(new Entry { Begun = head }));
    }

    /// <summary>Keeps a shard that has its name.</summary>
    public void Add(PackedShard shard)
    {
        shards.Add(shard);
        Append(new Entry { Shard = shard });
    }

    /// <summary>Says that all is done.</summary>
    public void Complete()
    {
        IsComplete = true;
        Append(new Entry { Complete = true });
    }

    private void TakeUp(string text)
    {
        // The last line counts only with its end: a killed process may have left a part of it.
        var whole = text[..(text.LastIndexOf('\n') + 1)];
        Entry[] entries;
        try
        {
            entries = [.. whole.Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Select(line => JsonSerializer.Deserialize<Entry>(line, Layout) ?? throw new JsonException("null"))];
        }
        catch (JsonException failure)
        {
            throw new UserErrorException($"{PathOf}: not a journal of this command ({failure.Message}). Name a new folder.", failure);
        }

        if (entries is not [{ Begun: { } before }, ..])
        {
            throw new UserErrorException($"{PathOf}: not a journal of this command. Name a new folder.");
        }

        var changed = head.Options.Keys.Union(before.Options.Keys)
            .Where(name => head.Options.GetValueOrDefault(name) != before.Options.GetValueOrDefault(name)).ToArray();
        if (changed.Length > 0)
        {
            throw new UserErrorException($"{folder}: was begun with other options ({string.Join(", ", changed)}). "
                + "Give the same ones to go on, or name a new folder.");
        }

        if (before.Input != head.Input)
        {
            throw new UserErrorException($"{folder}: was begun with other rows than the input has now. Name a new folder.");
        }

        shards.AddRange(entries.Select(entry => entry.Shard).OfType<PackedShard>());
        if (shards.Any(shard => new FileInfo(Path.Combine(folder, shard.File)) is not { Exists: true } file || file.Length != shard.Bytes))
        {
            Restart();
            return;
        }

        IsComplete = entries[^1].Complete == true;
        if (whole.Length < text.Length)
        {
            AtomicFile.WriteAllText(PathOf, whole);
        }
    }

    private void Append(Entry entry) => AtomicFolder.Attempt(PathOf, () =>
    {
        using var stream = new FileStream(PathOf, FileMode.Append, FileAccess.Write, FileShare.Read);
        stream.Write(Encoding.UTF8.GetBytes(Line(entry)));
        stream.Flush(flushToDisk: true);
    });

    private static string Line(Entry entry) => JsonSerializer.Serialize(entry, Layout) + "\n";

    private sealed record Head(string Input, IReadOnlyDictionary<string, string> Options);

    private sealed record Entry
    {
        public Head? Begun { get; init; }

        public PackedShard? Shard { get; init; }

        public bool? Complete { get; init; }
    }
}
