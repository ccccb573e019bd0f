using PerceptionEncoder.Data.Items;
using PerceptionEncoder.Data.Remote;
using PerceptionEncoder.Data.Shards;

namespace PerceptionEncoder.Evaluation.QuestionAnswering.Sets;

/// <summary>
/// The files of a set: those below a folder, and the members of the tars that lie in it as if they were unpacked there; or of one tar.
/// </summary>
internal sealed class QuestionFiles
{
    private readonly Dictionary<string, Func<byte[]>> reads = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> paths = new(StringComparer.Ordinal);
    private readonly ILookup<string, string> byName;

    private QuestionFiles(string root)
    {
        Root = root;
        if (File.Exists(root))
        {
            AddTar(root);
        }
        else
        {
            foreach (var path in FolderTree.Files(root))
            {
                var name = Path.GetRelativePath(root, path).Replace(Path.DirectorySeparatorChar, '/');
                reads[name] = () => File.ReadAllBytes(path);
                paths[name] = path;
                if (ShardOrder.IsTar(path) && !name.Contains('/', StringComparison.Ordinal))
                {
                    AddTar(path);
                }
            }
        }

        Names = [.. reads.Keys.Order(StringComparer.Ordinal)];
        byName = Names.ToLookup(NameOf);
    }

    /// <summary>The folder or tar.</summary>
    public string Root { get; }

    /// <summary>Paths of the files from the root, with forward slashes, in ordinal order.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>Looks at what is there.</summary>
    /// <param name="root">A folder or a tar.</param>
    /// <exception cref="UserErrorException">It is neither, or a tar of it is damaged.</exception>
    public static QuestionFiles Open(string root)
    {
        ShardAddress.Refuse(root, "a set is evaluated in a folder of this machine");
        return Directory.Exists(root) || (File.Exists(root) && ShardOrder.IsTar(root))
            ? new QuestionFiles(root)
            : throw new UserErrorException($"{root}: no such folder or tar. Name the folder of a set's published files.");
    }

    /// <summary>The path of a file for messages.</summary>
    public string Shown(string name) => paths.TryGetValue(name, out var path) ? path : $"{Root}/{name}";

    /// <summary>The bytes of a file.</summary>
    /// <exception cref="UserErrorException">It cannot be read.</exception>
    public byte[] Read(string name)
    {
        try
        {
            return reads[name]();
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"{Shown(name)}: cannot be read ({failure.Message.ReplaceLineEndings(" ")}).", failure);
        }
    }

    /// <summary>
    /// A picture or clip that a list names: beside the list, from the root, or anywhere below it where only one file has that name.
    /// </summary>
    /// <param name="list">The file that names it.</param>
    /// <param name="names">Ways to write it, the likeliest first.</param>
    public MediaItem Media(string list, params IEnumerable<string> names)
    {
        string[] wanted = [.. names.Select(name => name.Replace('\\', '/').TrimStart('/'))];
        foreach (var name in wanted)
        {
            if (Find(list, name) is { } found)
            {
                return paths.TryGetValue(found, out var path)
                    ? MediaItem.OfFile(path)
                    : new MediaItem(Shown(found), Root, () => reads[found]());
            }
        }

        var first = wanted.Length > 0 ? wanted[0] : "";
        return new MediaItem(first, Root, () => throw new BadSampleException(
            MediaItem.UnreadableFile,
            $"{first} is nowhere below {Root}"));
    }

    private string? Find(string list, string name)
    {
        for (var folder = FolderOf(list); ; folder = FolderOf(folder))
        {
            var near = folder.Length == 0 ? name : $"{folder}/{name}";
            if (reads.ContainsKey(near))
            {
                return near;
            }

            if (folder.Length == 0)
            {
                break;
            }
        }

        string[] same = [.. byName[NameOf(name)]];
        string[] ending = [.. same.Where(other => other.EndsWith($"/{name}", StringComparison.Ordinal))];
        return ending.Length == 1 ? ending[0] : same.Length == 1 ? same[0] : null;
    }

    private void AddTar(string tar)
    {
        try
        {
            using var reader = TarMemberReader.Open(tar, ShardAccess.Default, _ => { }, CancellationToken.None);
            while (reader.MoveNext())
            {
                var (offset, size) = (reader.Offset ?? throw new UserErrorException(
                    $"{tar}: is gzipped, and single pictures cannot be looked up in it. Unpack it."), reader.Size);
                reads.TryAdd(
                    reader.Name.StartsWith("./", StringComparison.Ordinal) ? reader.Name[2..] : reader.Name,
                    () => Part(tar, offset, size));
            }
        }
        catch (TarDamageException damage)
        {
            throw new UserErrorException($"{tar}: {damage.Message}. Copy it again.", damage);
        }
    }

    private static byte[] Part(string file, long offset, long size)
    {
        using var stream = UserFile.Open(file);
        stream.Position = offset;
        var bytes = new byte[size];
        stream.ReadExactly(bytes);
        return bytes;
    }

    private static string NameOf(string path) => path[(path.LastIndexOf('/') + 1)..];

    private static string FolderOf(string path) => path.LastIndexOf('/') is > 0 and var end ? path[..end] : "";
}
