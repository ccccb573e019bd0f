using System.Globalization;
using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Media.Video;
using PerceptionEncoder.Presentation;
using static System.FormattableString;

namespace PerceptionEncoder.Tools.Inspection;

/// <summary>Draws samples evenly from all that come, the same ones each time, and makes small pictures of them.</summary>
/// <param name="count">How many.</param>
/// <param name="clips">Decodes clips; null where there is no ffmpeg.</param>
internal sealed class InspectionPictures(int count, Lazy<IVideoReader?> clips)
{
    private const long LargestKept = 16 << 20;          // bytes of a sample: those drawn stay in memory to the end
    private const int MostText = 160;

    private readonly PriorityQueue<Drawn, ulong> drawn = new(Comparer<ulong>.Create((one, other) => other.CompareTo(one)));
    private ulong seen;

    /// <summary>Takes a sample where it is among those with the smallest hash of their number.</summary>
    public void Offer(Sample sample, SampleLook look)
    {
        var hash = SampleRandom.Mix(seen++);
        if (count == 0
            || (look.Width == 0 && look.Kind != SampleKind.Text)
            || (look.Caption is null && look.Kind == SampleKind.Text)
            || look.Members.Sum(member => member.Bytes) > LargestKept)
        {
            return;
        }

        if (drawn.Count < count)
        {
            drawn.Enqueue(new Drawn(sample, look, seen), hash);
        }
        else if (drawn.TryPeek(out _, out var largest) && hash < largest)
        {
            drawn.EnqueueDequeue(new Drawn(sample, look, seen), hash);
        }
    }

    /// <summary>The pictures, in the order in which their samples came.</summary>
    public IReadOnlyList<PictureCard> Cards(CancellationToken cancellation)
        => [.. drawn.UnorderedItems.Select(item => item.Element).OrderBy(item => item.Number)
            .Select(item => new PictureCard(
                Text(item),
                Note(item),
                SamplePicture.Of(item.Sample, item.Look.Kind == SampleKind.Clip ? clips.Value : null, cancellation)))];

    private static string Text(Drawn item)
    {
        var caption = item.Look.Caption?.Text ?? "";
        return caption.Length == 0 ? VisibleText.Line(item.Sample.Key)
            : VisibleText.Line(caption.Length > MostText ? caption[..MostText] + "…" : caption);
    }

    private static string Note(Drawn item)
    {
        string[] parts =
        [
            VisibleText.Line(item.Sample.Key),
            item.Look.Width > 0 ? Invariant($"{item.Look.Width}x{item.Look.Height}") : "",
            item.Look.Seconds > 0 ? string.Create(CultureInfo.InvariantCulture, $"{item.Look.Seconds:0.#} s") : "",
            item.Look.Kind == SampleKind.StoredFrames ? $"{item.Look.Frames} frames" : "",
        ];
        return string.Join(" · ", parts.Where(part => part.Length > 0));
    }

    private sealed record Drawn(Sample Sample, SampleLook Look, ulong Number);
}
