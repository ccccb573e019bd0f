using System.Globalization;
using System.Text;
using PerceptionEncoder.Media.Images;
using PerceptionEncoder.Media.Video;
using PerceptionEncoder.Serialization;

namespace PerceptionEncoder.Evaluation.Dense.Tracking;

/// <summary>
/// Puts what was tracked on disk as it comes: masks in DAVIS' result layout, clips with the masks over them, and tables of the scores.
/// </summary>
public sealed class TrackingResults
{
    private const double Share = 0.5;                       // of the colour over the picture
    private const double FramesPerSecond = 24;              // DAVIS' clips
    private const int SheetFrames = 5;

    private readonly List<ObjectScores> scores = [];
    private readonly string? masks;
    private readonly string? videos;
    private readonly string? pictures;

    /// <param name="masks">New folder of the result layout; null for none.</param>
    /// <param name="videos">Folder of MP4 files; null for none.</param>
    /// <param name="pictures">Folder of PNG sheets; null for none.</param>
    /// <exception cref="UserErrorException">
    /// A folder is not empty, or clips are wanted and ffmpeg is missing: said before hours of work.
    /// </exception>
    public TrackingResults(string? masks, string? videos, string? pictures)
    {
        (this.masks, this.videos, this.pictures) = (masks, videos, pictures);
        Array.ForEach([masks, videos, pictures], AtomicFolder.RequireNew);
        if (videos is not null)
        {
            _ = new FFmpegPrograms("");
        }
    }

    /// <summary>Nothing is kept.</summary>
    internal bool IsEmpty => masks is null && videos is null && pictures is null;

    /// <summary>Writes one clip; each of its files and folders is complete or absent.</summary>
    /// <exception cref="UserErrorException">A folder cannot be written, or ffmpeg is missing.</exception>
    internal void Keep(TrackedClip tracked)
    {
        var clip = tracked.Clip;
        scores.AddRange(tracked.Scores);
        if (masks is not null)
        {
            AtomicFolder.Write(Path.Combine(masks, clip.Name), folder =>
            {
                foreach (var (frame, mask) in tracked.Masks.Index())
                {
                    var file = IndexedPng.Encode(mask, clip.Width, clip.Height, IndexedPng.Palette);
                    File.WriteAllBytes(Path.Combine(folder, $"{clip.NameOf(frame)}.png"), file);
                }
            });
            WriteTable();
        }

        if (videos is not null)
        {
            AtomicFolder.Create(videos);
            AtomicFile.Write(
                Path.Combine(videos, $"{clip.Name}.mp4"),
                path => Mp4Writer.Write(path, tracked.Masks.Select((mask, frame) => Overlay(clip, frame, mask)), FramesPerSecond));
        }

        if (pictures is not null)
        {
            AtomicFolder.Create(pictures);
            AtomicFile.Write(
                Path.Combine(pictures, $"{clip.Name}.png"),
                path => File.WriteAllBytes(path, PngEncoder.Encode(Sheet(tracked))));
        }
    }

    /// <summary>The objects' scores, as the published tool names its rows.</summary>
    private void WriteTable()
    {
        var table = new StringBuilder("Sequence,J-Mean,F-Mean\n");
        foreach (var each in scores)
        {
            var (region, boundary) = (ScoreStatistics.Of(each.Region).Mean, ScoreStatistics.Of(each.Boundary).Mean);
            table.Append(CultureInfo.InvariantCulture, $"{each.Clip}_{each.Label},{region:0.0000},{boundary:0.0000}\n");
        }

        AtomicFile.WriteAllText(Path.Combine(masks!, "per-object.csv"), table.ToString());
    }

    /// <summary>Some frames from the first to the last scored: the truth above, what was found below.</summary>
    private static DecodedImage Sheet(TrackedClip tracked)
    {
        var clip = tracked.Clip;
        var (count, scored) = (Math.Min(SheetFrames - 1, clip.Scored.Count), clip.Scored);
        int[] frames = [0, .. Enumerable.Range(1, count).Select(i => scored[(i * scored.Count / count) - 1])];
        var sheet = new byte[3 * 2 * clip.Height * frames.Length * clip.Width];
        var row = 3 * clip.Width;
        foreach (var (column, frame) in frames.Index())
        {
            DecodedImage[] both = [Overlay(clip, frame, clip.Truth(frame)), Overlay(clip, frame, tracked.Masks[frame])];
            for (var y = 0; y < 2 * clip.Height; y++)
            {
                both[y / clip.Height].Pixels.AsSpan(y % clip.Height * row, row)
                    .CopyTo(sheet.AsSpan(((y * frames.Length) + column) * row));
            }
        }

        return new DecodedImage(frames.Length * clip.Width, 2 * clip.Height, 3, sheet, Indexed: false);
    }

    private static DecodedImage Overlay(TrackingClip clip, int frame, byte[] mask)
    {
        var picture = clip.Picture(frame);
        var whole = new PixelBox(0, 0, clip.Width, clip.Height);
        var planes = new byte[3 * clip.Height * clip.Width];
        ModeAwareResize.ToRgb(picture, whole, (clip.Height, clip.Width), whole, Interpolation.Nearest, planes);
        var shown = DecodedImage.OfPlanes(planes, clip.Height, clip.Width);
        for (var place = 0; place < mask.Length; place++)
        {
            if (mask[place] is var label and not 0 and not MaskScores.Void)
            {
                for (var channel = 0; channel < 3; channel++)
                {
                    ref var value = ref shown.Pixels[(3 * place) + channel];
                    value = (byte)Math.Round((value * (1 - Share)) + (IndexedPng.Palette[(3 * label) + channel] * Share));
                }
            }
        }

        return shown;
    }
}
