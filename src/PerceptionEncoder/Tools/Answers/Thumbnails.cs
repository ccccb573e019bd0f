using PerceptionEncoder.Data.Items;
using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Media;
using PerceptionEncoder.Media.Images;
using PerceptionEncoder.Presentation;

namespace PerceptionEncoder.Tools.Answers;

/// <summary>Small pictures of what rows of a feature file are of, by their ids.</summary>
internal static class Thumbnails
{
    /// <summary>Finds those that can be: files that ids name, and samples of inputs that have such keys.</summary>
    /// <param name="ids">Ids; may repeat.</param>
    /// <param name="inputs">Images as <see cref="MediaSource"/> takes them, which one pass looks through; may be none.</param>
    /// <returns>JPEG files by id.</returns>
    /// <exception cref="UserErrorException">An input is missing.</exception>
    public static IReadOnlyDictionary<string, byte[]> Find(IEnumerable<string> ids, IReadOnlyList<string> inputs)
    {
        var found = new Dictionary<string, byte[]>();
        var missing = ids.ToHashSet();
        foreach (var id in missing.Where(id => MediaFiles.IsImage(id) && File.Exists(id)).ToArray())
        {
            Take(MediaItem.OfFile(id));
        }

        if (missing.Count > 0 && inputs.Count > 0)
        {
            foreach (var item in new MediaSource(MediaKind.Image, inputs).Read())
            {
                if (missing.Contains(item.Key))
                {
                    Take(item);
                }

                if (missing.Count == 0)
                {
                    break;
                }
            }
        }

        return found;

        void Take(MediaItem item)
        {
            missing.Remove(item.Key);
            try
            {
                found[item.Key] = Thumbnail.Jpeg(TransientImage.Decode(
                    ImageDecoders.Default,
                    item.ReadBytes().Span,
                    IImageDecoder.DefaultMaximumPixels));
            }
            catch (Exception bad) when (bad is BadSampleException or ImageException)
            {
                missing.Remove(item.Key);                       // the page shows that there is no picture
            }
        }
    }
}
