using PerceptionEncoder.Data.Items;
using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Data.Tables;
using PerceptionEncoder.Media;

namespace PerceptionEncoder.Evaluation.Sets;

/// <summary>
/// Opens a set of images with captions, told apart by what is there: CLIP-benchmark's shards, a folder with a table of paths and captions,
/// or a folder of images with a <c>.txt</c> beside each, a caption a line.
/// </summary>
internal static class CaptionedImages
{
    /// <summary>Finds out how it is laid out.</summary>
    /// <param name="set">Where it is.</param>
    /// <param name="log">Takes a line that says what was seen, where it is no set of shards.</param>
    /// <exception cref="UserErrorException">It is not there, or is laid out in no such way.</exception>
    public static OpenedSet<string[]> Open(EvaluationSetOptions set, Action<string> log)
    {
        var border = set.Border ?? NamedSet.BorderOf(set.Name);
        return new OpenedSet<string[]>(set with { Border = border }, new ImageMedia(border), Items(set, log))
        {
            Advice = LabelledImages.AdviceOf(CaptionText.Member),
        };
    }

    private static SetItems<string[]> Items(EvaluationSetOptions set, Action<string> log)
    {
        if (Directory.Exists(set.Data) && !ClipBenchmarkFolder.IsAt(set.Data, set.Split))
        {
            if (Table.FindIn(set.Data) is { } table)
            {
                return OfTable(Table.Open(table), set, log);
            }

            if (FolderTree.Files(set.Data).Where(MediaFiles.IsImage).Any(path => File.Exists(CaptionText.PathBeside(path))))
            {
                log($"{set.Name}: images with a .txt beside each in {set.Data}");
                return OfFiles(set.Data);
            }
        }

        return new ShardItems<string[]>(
            ClipBenchmarkFolder.Open(set.Data, set.Split).Shards,
            LabelledImages.Members(SourceOptions.MembersOf(set.Captions)),
            sample => CaptionText.Read(sample, set.Captions));
    }

    /// <summary>A picture for each path, with the captions of all its rows.</summary>
    private static FileItems<string[]> OfTable(Table table, EvaluationSetOptions set, Action<string> log)
    {
        var columns = TableColumns.Of(table, null, null, null, null);
        if (columns.Path is not { } path || columns.Captions.Count == 0)
        {
            throw new UserErrorException($"{table.Path}: its columns ({string.Join(", ", table.Columns)}) name no paths and captions. "
                + "Call them path and caption.");
        }

        log($"{set.Name}: {table.Path}: {table.Kind}; {columns.Describe(table)}");
        var pictures = table.Rows()
            .GroupBy(row => row.Text(path)?.Trim() ?? "")
            .Select(rows => (
                File: Path.Combine(set.Data, rows.Key),
                rows.Key,
                Captions: rows.SelectMany(columns.CaptionsOf).ToArray()))
            .ToArray();
        return new FileItems<string[]>(
            Array.ConvertAll(pictures, picture => SetItem<string[]>.OfFile(
                table.Path,
                picture.Key,
                () => picture.File,
                () => picture.Captions.Length > 0
                    ? picture.Captions
                    : throw new BadSampleException("empty caption", $"in '{string.Join("', '", columns.Captions)}'"))),
            pictures.Select(picture => picture.File).Append(table.Path));
    }

    private static FileItems<string[]> OfFiles(string root)
    {
        string[] images = [.. FolderTree.Files(root).Where(MediaFiles.IsImage)];
        return new FileItems<string[]>(
            Array.ConvertAll(images, path => SetItem<string[]>.OfFile(path, path, () => path, () => CaptionText.Beside(path))),
            images.SelectMany(path => new[] { path, CaptionText.PathBeside(path) }));
    }
}
