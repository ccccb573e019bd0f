using System.Security.Cryptography;
using System.Text;

namespace PerceptionEncoder.Data;

/// <summary>
/// The images, texts or clips that a user names, one pass in a fixed order, with memory for one folder's names at most. An input is a file; a folder (all below it
/// by extension, shards too, in ordinal order of their paths); <c>@LIST</c>, or a <c>.txt</c> or <c>.tsv</c> for images and clips (a path a line, up to the first
/// tab, relative to the working folder); a shard or a pattern of shards (<c>{00000..00004}.tar</c>), of whose samples <c>KEY.jpg</c> is read, else the first such as
/// <c>KEY.image.jpg</c>. A text file is a text a line; blank lines are passed over.
/// </summary>
public sealed class MediaSource
{
    private static readonly SourceOptions Captions = new() { Shards = "inputs" };

    private static readonly HashSet<string> TextMembers = ["txt", "json"];

    private readonly string[] extensions;
    private readonly IReadOnlyList<string> inputs;

    /// <exception cref="UserErrorException">An input is missing, or there is none.</exception>
    public MediaSource(MediaKind kind, IReadOnlyList<string> inputs)
    {
        Kind = kind;
        extensions = kind switch
        {
            MediaKind.Image => ["jpg", "jpeg", "png", "webp", "bmp", "gif"],
            MediaKind.Video => ["mp4", "mkv", "webm", "avi", "mov"],
            _ => ["txt"],
        };
        this.inputs = inputs.Count > 0
            ? [.. inputs.SelectMany(Resolve)]
            : throw new UserErrorException($"no input: name files, folders, @lists or shards of {Noun}.");
    }

    /// <summary>What the inputs are.</summary>
    public MediaKind Kind { get; }

    /// <summary>What cannot be used of shards as such: cut ones, repeated members. Grows while <see cref="Read"/> goes on.</summary>
    public BadSamples Faults { get; } = new();

    private string Noun => Kind switch { MediaKind.Image => "images", MediaKind.Video => "videos", _ => "texts" };

    /// <summary>The items in order, of the bytes of shards one sample at a time.</summary>
    /// <param name="skip">So many are passed over without reading them.</param>
    /// <exception cref="UserErrorException">A folder, list or shard cannot be read, or a folder holds nothing of the kind.</exception>
    public IEnumerable<MediaItem> Read(long skip = 0)
    {
        var left = new Skip { Items = skip };
        return inputs.SelectMany(input => OfInput(input, left));
    }

    /// <summary>A hash of what the inputs are: paths and lengths of the files, whole contents of lists. Tells whether an interrupted run can go on.</summary>
    /// <exception cref="UserErrorException">A folder or list cannot be read.</exception>
    public string Fingerprint()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Add(Kind.ToString());
        foreach (var input in inputs)
        {
            foreach (var path in Directory.Exists(input) ? Below(input) : [ListOf(input) ?? input])
            {
                var file = new FileInfo(path);
                Add($"{path}\n{(file.Exists ? file.Length : -1)}");
            }

            foreach (var line in ListOf(input) is { } list ? Lines(list) : [])
            {
                Add(Encoding.Latin1.GetString(line.Bytes));
            }
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());

        void Add(string text) => hash.AppendData(Encoding.UTF8.GetBytes(text + "\n"));
    }

    private string? ListOf(string input)
        => input.StartsWith('@') && !File.Exists(input) ? input[1..]
            : Kind != MediaKind.Text && Path.GetExtension(input).ToUpperInvariant() is ".TXT" or ".TSV" ? input
            : null;

    private IReadOnlyList<string> Resolve(string input)
        => File.Exists(ListOf(input) ?? input) || Directory.Exists(input) ? [input]
            : input.AsSpan().IndexOfAny("{*?") >= 0 ? ShardSource.Find(input)
            : throw new UserErrorException($"{ListOf(input) ?? input}: no such file or folder; check the path.");

    private IEnumerable<MediaItem> OfInput(string input, Skip left)
        => Directory.Exists(input) ? Below(input).SelectMany(path => OfFile(path, left))
            : ListOf(input) is { } list ? Lines(list).Select(line => Encoding.UTF8.GetString(line.Bytes).Split('\t')[0].Trim()).SelectMany(path => OfFile(path, left))
            : OfFile(input, left);

    private IEnumerable<MediaItem> OfFile(string path, Skip left)
        => ShardSource.IsShard(path) ? OfShard(path, left)
            : Kind == MediaKind.Text ? Lines(path).Where(_ => left.IsOver()).Select(line => new MediaItem($"{path}:{line.Number}", path, () => line.Bytes))
            : left.IsOver() ? [MediaItem.OfFile(path)]
            : [];

    private IEnumerable<MediaItem> OfShard(string path, Skip left)
    {
        using var reader = new SampleReader(path, Faults, Kind == MediaKind.Text ? TextMembers : null);
        left.Items -= reader.Skip(left.Items);
        while (reader.Read() is { } sample)
        {
            yield return new MediaItem(sample.Key, path, () => Content(sample));
        }
    }

    private ReadOnlyMemory<byte> Content(Sample sample)
    {
        if (Kind == MediaKind.Text)
        {
            return Encoding.UTF8.GetBytes(CaptionedImage.FindCaption(sample, Captions));
        }

        var present = Array.Find(extensions, sample.Members.ContainsKey)
            ?? sample.Members.Keys.FirstOrDefault(name => extensions.Contains(name[(name.LastIndexOf('.') + 1)..]));
        return present is null
            ? throw new BadSampleException($"missing {Kind.ToString().ToLowerInvariant()}", $"no {string.Join(", ", extensions)} member")
            : sample.Members[present];
    }

    private IEnumerable<string> Below(string folder)
    {
        var any = false;
        foreach (var path in FolderTree.Files(folder).Where(path => ShardSource.IsShard(path) || extensions.Contains(Path.GetExtension(path).TrimStart('.').ToLowerInvariant())))
        {
            any = true;
            yield return path;
        }

        if (!any)
        {
            throw new UserErrorException($"{folder}: holds no {Noun} (.{string.Join(", .", extensions)}) and no .tar shards, nor do the folders below it; check the path.");
        }
    }

    /// <summary>The lines of a file that are not blank, numbered from 1, as the bytes they are.</summary>
    private static IEnumerable<(int Number, byte[] Bytes)> Lines(string path)
    {
        // Latin-1 gives every byte back, so that lines that are not UTF-8 are found one by one.
        using var reader = Open(path);
        for (var number = 1; reader.ReadLine() is { } line; number++)
        {
            var bytes = Encoding.Latin1.GetBytes(line);
            bytes = number == 1 && bytes.AsSpan().StartsWith(Encoding.UTF8.Preamble) ? bytes[3..] : bytes;
            if (bytes.AsSpan().ContainsAnyExcept((byte)' ', (byte)'\t'))
            {
                yield return (number, bytes);
            }
        }
    }

    private static StreamReader Open(string path)
    {
        try
        {
            return new StreamReader(path, Encoding.Latin1, detectEncodingFromByteOrderMarks: false, 1 << 16);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"{path}: cannot be read ({failure.Message}). Check the path and the file's permissions.", failure);
        }
    }

    private sealed class Skip
    {
        public long Items { get; set; }

        /// <summary>False as long as items are to be passed over; counts the one at hand.</summary>
        public bool IsOver()
        {
            if (Items == 0)
            {
                return true;
            }

            Items--;
            return false;
        }
    }
}
