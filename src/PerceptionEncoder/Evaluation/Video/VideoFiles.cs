using PerceptionEncoder.Data.Items;
using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Media;

namespace PerceptionEncoder.Evaluation.Video;

/// <summary>The video files below a folder, found by their path below it or by their name alone, with or without its end.</summary>
internal sealed class VideoFiles
{
    private readonly string root;
    private readonly Dictionary<string, string> byName = new(StringComparer.Ordinal);

    public VideoFiles(string root)
    {
        this.root = root;
        var files = FolderTree.Files(root).ToLookup(IsVideo);
        Paths = [.. files[true]];
        Others = [.. files[false]];
        foreach (var path in Paths)
        {
            var below = Path.GetRelativePath(root, path).Replace('\\', '/');
            foreach (var name in new[] { below, WithoutEnd(below), Path.GetFileName(path), Path.GetFileNameWithoutExtension(path) })
            {
                byName.TryAdd(name, path);
            }
        }
    }

    /// <summary>All, in ordinal order.</summary>
    public IReadOnlyList<string> Paths { get; }

    /// <summary>The files that are no clips.</summary>
    public IReadOnlyList<string> Others { get; }

    /// <summary>The file that a list names.</summary>
    /// <exception cref="BadSampleException">There is none.</exception>
    public string Find(string name)
        => byName.GetValueOrDefault(name)
            ?? byName.GetValueOrDefault(WithoutEnd(name))
            ?? byName.GetValueOrDefault(Path.GetFileNameWithoutExtension(name))
            ?? throw new BadSampleException("missing file", $"no video {name} below {root}");

    public static bool IsVideo(string path) => MediaFiles.IsVideo(path);

    /// <summary>Ends of video files.</summary>
    public static IReadOnlyList<string> Extensions => MediaFiles.Videos;

    // Ids of clips may have dots: only the end of a video file is cut.
    private static string WithoutEnd(string name) => IsVideo(name) ? name[..name.LastIndexOf('.')] : name;
}
