using System.IO.Enumeration;
using PerceptionEncoder.Data.Remote;
using PerceptionEncoder.Media;

namespace PerceptionEncoder.Data.Shards;

/// <summary>Shards among the files of this machine, by path, folder or wildcard.</summary>
internal static class LocalShards
{
    private static readonly EnumerationOptions Visible = new()
    {
        AttributesToSkip = FileAttributes.Hidden | FileAttributes.System,
        IgnoreInaccessible = false,
    };

    /// <summary>The files of one path: braces are expanded already.</summary>
    /// <exception cref="UserErrorException">A folder cannot be read.</exception>
    public static string[] Find(string path)
    {
        try
        {
            return Matches(path);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException(
                $"shards '{path}': a folder cannot be read ({failure.Message.ReplaceLineEndings(" ")}). Check its permissions.",
                failure);
        }
    }

    private static string[] Matches(string path)
    {
        if (File.Exists(path))
        {
            return [path];
        }

        if (Directory.Exists(path))
        {
            return Shards(path);
        }

        var parts = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        return path.AsSpan().IndexOfAny('*', '?') < 0
            ? []
            : [.. Matches(Path.IsPathRooted(path) ? "/" : "", parts).Order(StringComparer.Ordinal)];
    }

    /// <summary>Shards below a folder whose path from there matches some parts, and those in folders that do.</summary>
    private static IEnumerable<string> Matches(string folder, ReadOnlySpan<string> parts)
    {
        if (parts.IsEmpty)
        {
            return Shards(folder);
        }

        var (part, rest) = (parts[0], parts[1..].ToArray());
        if (part.AsSpan().IndexOfAny('*', '?') < 0)
        {
            var path = Path.Combine(folder, part);
            return Directory.Exists(path) ? Matches(path, rest)
                : rest.Length == 0 && File.Exists(path) && IsShard(path) ? [path]
                : [];
        }

        var options = part.StartsWith('.') ? new EnumerationOptions { AttributesToSkip = 0 } : Visible;
        var found = new DirectoryInfo(folder.Length > 0 ? folder : ".").EnumerateFileSystemInfos("*", options)
            .Where(entry => FileSystemName.MatchesSimpleExpression(part, entry.Name, ignoreCase: false)).ToArray();
        return [
            .. found.Where(entry => Directory.Exists(entry.FullName)).SelectMany(entry => Matches(Path.Combine(folder, entry.Name), rest)),
            .. found.Where(entry => rest.Length == 0 && File.Exists(entry.FullName) && IsShard(entry.Name))
                .Select(entry => Path.Combine(folder, entry.Name))];
    }

    private static bool IsShard(string path) => ShardOrder.IsTar(path) || LineReader.IsLines(path);

    private static string[] Shards(string folder)
        => [.. new DirectoryInfo(folder)
            .EnumerateFiles("*", Visible)
            .Select(file => Path.Combine(folder, file.Name))
            .Where(ShardOrder.IsTar)
            .Order(StringComparer.Ordinal)];

    /// <summary>Why a path stands for no shard, after its name.</summary>
    public static string Absence(string path)
        => ShardAddress.IsAddress(path) ? "holds no .tar object"
            : !Directory.Exists(path) ? "does not exist"
            : MediaFiles.Count(Directory.EnumerateFiles(path)) is { Length: > 0 } others
                ? $"holds no .tar file, but {others}; pe data pack makes shards of tables and pictures"
            : "holds no .tar file";
}
