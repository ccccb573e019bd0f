using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Data.Tables;
using PerceptionEncoder.Evaluation.Sets;
using PerceptionEncoder.Media;

namespace PerceptionEncoder.Evaluation.QuestionAnswering.Sets;

/// <summary>Pictures with reference captions, in the forms in which COCO, NoCaps and Flickr are published.</summary>
internal static class CaptionQuestions
{
    /// <summary>COCO's and NoCaps': <c>images</c> and <c>annotations</c>; NoCaps' domain is the part.</summary>
    public static IEnumerable<VisualQuestion> Published(QuestionFiles files, string list)
    {
        var root = QuestionLists.Json(files, list);
        var shown = files.Shown(list);
        var captions = root.Entries(shown, "annotations")
            .ToLookup(entry => entry.Value.Needed(entry.Place, "image_id"), entry => entry.Value.Needed(entry.Place, "caption"));
        var split = Path.GetFileNameWithoutExtension(list).Split('_')[^1];
        foreach (var (place, entry) in root.Entries(shown, "images"))
        {
            var (id, picture) = (entry.Needed(place, "id"), entry.Needed(place, "file_name"));
            if (captions.Contains(id))
            {
                yield return new VisualQuestion
                {
                    Id = id,
                    Media = [files.Media(list, picture, $"{split}/{picture}")],
                    Answers = [.. captions[id]],
                    Part = entry.Text("domain"),
                };
            }
        }
    }

    /// <summary>Karpathy's splits: <c>dataset_coco.json</c>, <c>dataset_flickr30k.json</c>, <c>dataset_flickr8k.json</c>.</summary>
    /// <param name="files">Of the set.</param>
    /// <param name="list">One of these.</param>
    /// <param name="part">The split that is wanted.</param>
    public static IEnumerable<VisualQuestion> Split(QuestionFiles files, string list, string part)
    {
        foreach (var (place, entry) in QuestionLists.Json(files, list).Entries(files.Shown(list), "images"))
        {
            if (entry.Text("split") != part)
            {
                continue;
            }

            var picture = entry.Needed(place, "filename");
            yield return new VisualQuestion
            {
                Id = entry.Text("cocoid") ?? Path.GetFileNameWithoutExtension(picture),
                Media = [files.Media(list, $"{entry.Text("filepath")}/{picture}", picture)],
                Answers = entry.Texts("sentences"),
            };
        }
    }

    /// <summary>Flickr's own list: <c>PICTURE#N</c>, a tab and a caption; or a table of <c>image,caption</c>.</summary>
    public static IEnumerable<VisualQuestion> Tokens(QuestionFiles files, string list)
    {
        using var text = new StringReader(QuestionLists.Text(files, list));
        var separator = list.EndsWith("captions.txt", StringComparison.OrdinalIgnoreCase) ? ',' : '\t';
        var rows = new DelimitedReader(text, separator, files.Shown(list)).Rows().ToList();
        foreach (var row in rows.Where(row => row.Fields.Count < 2))
        {
            throw new UserErrorException($"{files.Shown(list)}:{row.Line}: has no caption behind the picture's name.");
        }

        var captions = rows.Where(row => !(row.Line == 1 && row.Fields[0] == "image"))
            .GroupBy(row => row.Fields[0].Split('#')[0], row => row.Fields[^1]);
        return captions.Select(picture => new VisualQuestion
        {
            Id = Path.GetFileNameWithoutExtension(picture.Key),
            Media = [files.Media(list, picture.Key, $"Images/{picture.Key}", $"flickr30k-images/{picture.Key}")],
            Answers = [.. picture],
        });
    }

    /// <summary>A shard of CLIP-benchmark's layout: a picture and its captions a sample, whose key is the id.</summary>
    public static IEnumerable<VisualQuestion> Shard(string shard)
    {
        var files = QuestionFiles.Open(shard);
        foreach (var text in files.Names.Where(name => name.EndsWith($".{CaptionText.Member}", StringComparison.Ordinal)))
        {
            var key = text[..^(CaptionText.Member.Length + 1)];
            yield return new VisualQuestion
            {
                Id = key,
                Media = [files.Media(text, MediaFiles.Images.Select(ending => $"{key}.{ending}"))],
                Answers = Captions(files, text),
            };
        }
    }

    private static string[] Captions(QuestionFiles files, string text)
    {
        try
        {
            return CaptionText.Lines(files.Read(text), files.Shown(text));
        }
        catch (BadSampleException bad)
        {
            throw new UserErrorException($"{files.Shown(text)}: {bad.Message}", bad);
        }
    }
}
