using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using PerceptionEncoder.Data.Remote;
using PerceptionEncoder.Data.Samples;
using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Media;

namespace PerceptionEncoder.Data.Items;

/// <summary>
/// The images, texts or clips that a user names, one pass in a fixed order, with memory for one folder's names at most. An input is a file;
/// a folder (all below it by extension, shards too, in ordinal order of their paths); <c>@LIST</c>, or a <c>.txt</c> or <c>.tsv</c> for
/// images and clips (each line is one path, literally, relative to the working folder; of a <c>.tsv</c> the part before the first tab); a
/// shard or a pattern of shards (<c>{00000..00004}.tar</c>), addresses too, of whose samples <c>KEY.jpg</c> is read, else the first such as
/// <c>KEY.image.jpg</c>; a table (<c>.csv</c>, <c>.jsonl</c>, <c>.parquet</c>) with a column of paths, for texts of captions. Another text
/// file is a text a line; blank lines are passed over.
/// </summary>
internal sealed class MediaSource
{
    private static readonly SourceOptions Captions = new() { Shards = "inputs" };

    private static readonly HashSet<string> TextMembers = ["txt", "json"];

    private readonly IReadOnlyList<string> extensions;
    private readonly IReadOnlyList<string> inputs;
    private readonly IReadOnlyList<string> literals;

    /// <param name="kind">What the inputs are.</param>
    /// <param name="inputs">As described above.</param>
    /// <param name="literals">Texts that are inputs themselves and their own keys, after all others.</param>
    /// <exception cref="UserErrorException">An input is missing, or there is none.</exception>
    public MediaSource(MediaKind kind, IReadOnlyList<string> inputs, IReadOnlyList<string>? literals = null)
    {
        this.literals = literals ?? [];
        Kind = kind;
        extensions = kind switch
        {
            MediaKind.Image => MediaFiles.Images,
            MediaKind.Video => MediaFiles.Videos,
            _ => ["txt"],
        };
        this.inputs = inputs.Count + this.literals.Count > 0
            ? [.. inputs.SelectMany(Resolve)]
            : throw new UserErrorException($"no input: name files, folders, @lists or shards of {Noun}.");
    }

    /// <summary>What the inputs are.</summary>
    public MediaKind Kind { get; }

    /// <summary>
    /// What cannot be used as such: cut shards, repeated members, files of other kinds. Grows while <see cref="Read"/> goes on.
    /// </summary>
    public BadSamples Faults { get; } = new();

    private string Noun => Kind switch { MediaKind.Image => "images", MediaKind.Video => "videos", _ => "texts" };

    /// <summary>The items in order, of the bytes of shards one sample at a time.</summary>
    /// <param name="skip">So many are passed over without reading them.</param>
    /// <exception cref="UserErrorException">A folder, list or shard cannot be read, or a folder holds nothing of the kind.</exception>
    public IEnumerable<MediaItem> Read(long skip = 0)
    {
        var left = new Skip { Items = skip };
        return inputs.SelectMany(input => OfInput(input, left)).Concat(literals.Where(_ => left.IsOver())
            .Select(text => new MediaItem(text, "texts", () => Encoding.UTF8.GetBytes(text))));
    }

    /// <summary>
    /// A hash of what the inputs are: paths and lengths of the files, whole contents of lists. Tells whether an interrupted run can go on.
    /// </summary>
    /// <exception cref="UserErrorException">A folder or list cannot be read.</exception>
    public string Fingerprint()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Add(Kind.ToString());
        foreach (var input in inputs)
        {
            foreach (var path in Directory.Exists(input) ? Below(input, new()) : [ListOf(input) ?? input])
            {
                var file = new FileInfo(path);
                Add($"{ShardAddress.Shown(path)}\n{(file.Exists ? file.Length : -1)}");
            }

            foreach (var line in ListOf(input) is { } list ? UserText.Lines(list) : [])
            {
                hash.AppendData(line.Utf8);
                Add("");
            }
        }

        foreach (var text in literals)
        {
            Add(text);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());

        void Add(string text) => hash.AppendData(Encoding.UTF8.GetBytes(text + "\n"));
    }

    private string? ListOf(string input)
        => input.StartsWith('@') && !File.Exists(input) ? input[1..]
            : Kind != MediaKind.Text && MediaFiles.Extension(input) is "txt" or "tsv" ? input
            : null;

    private IReadOnlyList<string> Resolve(string input)
    {
        if (File.Exists(ListOf(input) ?? input) || Directory.Exists(input))
        {
            return [input];
        }

        if (!ShardOrder.IsTar(input) && !(ShardAddress.IsS3(input) && S3Store.IsPattern(input)))
        {
            ShardAddress.Refuse(input, $"of addresses, only shards are read (.tar, .tar.gz); {Noun} are read from this machine");
        }

        return ShardAddress.IsAddress(input) || input.AsSpan().IndexOfAny("{*?") >= 0
            ? ShardOrder.Find(input)
            : throw new UserErrorException($"{ListOf(input) ?? input}: no such file or folder; check the path.");
    }

    private IEnumerable<MediaItem> OfInput(string input, Skip left)
    {
        if (!Directory.Exists(input))
        {
            return ListOf(input) is { } list ? Paths(list).SelectMany(path => OfFile(path, left)) : OfFile(input, left);
        }

        var others = new Dictionary<string, int>();
        return Below(input, others).SelectMany(path => OfFile(path, left)).Concat(Report(input, others));
    }

    /// <summary>No item, but a word after a folder's about what was passed over in it.</summary>
    private IEnumerable<MediaItem> Report(string folder, Dictionary<string, int> others)
    {
        if (others.Count > 0)
        {
            Faults.AddFault(new BadSample(BadSamples.PassedOver, folder, null, MediaFiles.Count(others)));
        }

        yield break;
    }

    private IEnumerable<MediaItem> OfFile(string path, Skip left)
        => ShardOrder.IsTar(path) ? OfShard(path, left)
            : TableItems.IsTable(Kind, path) ? TableItems.Read(Kind, path).Where(_ => left.IsOver())
            : Kind == MediaKind.Text
                ? UserText.Lines(path)
                    .Where(_ => left.IsOver())
                    .Select(line => new MediaItem($"{path}:{line.Number}", path, () => line.Utf8))
            : left.IsOver() ? [MediaItem.OfFile(path)]
            : [];

    private IEnumerable<MediaItem> OfShard(string path, Skip left)
    {
        using var reader = new SampleReader(path, Faults, Kind == MediaKind.Text ? TextMembers : null);
        left.Items -= reader.Skip(left.Items);
        while (reader.Read() is { } sample)
        {
            yield return new MediaItem(sample.Key, sample.Shard, () => Content(sample));
        }
    }

    private ReadOnlyMemory<byte> Content(Sample sample)
    {
        if (Kind == MediaKind.Text)
        {
            return Encoding.UTF8.GetBytes(CaptionedImage.FindCaption(sample, Captions));
        }

        var present = extensions.FirstOrDefault(sample.Members.ContainsKey)
            ?? sample.Members.Keys.FirstOrDefault(name => extensions.Contains(name[(name.LastIndexOf('.') + 1)..]));
        return present is null
            ? throw new BadSampleException(
                $"missing {Kind.ToString().ToLowerInvariant()}",
                $"no {string.Join(", ", extensions)} among {sample.List()}")
            : sample.Members[present];
    }

    /// <summary>The paths of a list, each line as it stands.</summary>
    private static IEnumerable<string> Paths(string list)
        => UserText.Lines(list).Select(line =>
        {
            try
            {
                var path = UserText.DecodeUtf8(line.Utf8);
                return MediaFiles.Extension(list) == "tsv" ? path.Split('\t')[0] : path;
            }
            catch (TextEncodingException bad)
            {
                throw new UserErrorException($"{list}:{line.Number}: {bad.Message}", bad);
            }
        });

    /// <summary>The files of the kind below a folder; the endings of all others are counted in <paramref name="others"/>.</summary>
    private IEnumerable<string> Below(string folder, Dictionary<string, int> others)
    {
        var any = false;
        foreach (var path in FolderTree.Files(folder))
        {
            if (!ShardOrder.IsShard(path) && !extensions.Contains(MediaFiles.Extension(path)))
            {
                CollectionsMarshal.GetValueRefOrAddDefault(others, MediaFiles.Extension(path), out _)++;
                continue;
            }

            any = true;
            yield return path;
        }

        if (!any)
        {
            var what = others.Count > 0 ? $", but {MediaFiles.Count(others)}" : "";
            throw new UserErrorException($"{folder}: holds no {Noun} (.{string.Join(", .", extensions)}) and no .tar shards, "
                + $"nor do the folders below it{what}; check the path.");
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
