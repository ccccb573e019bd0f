using System.Text.Json;
using PerceptionEncoder.Media.Images;
using PerceptionEncoder.Media.Video;
using PerceptionEncoder.Tools.Scenes;
using PerceptionEncoder.Tools.VideoEngine.Clips;

namespace PerceptionEncoder.Tests.Tools.VideoEngine;

/// <summary>
/// Stands in for models that see and write: it knows the clips by their pictures, says what is true of them, and is wrong in a stated
/// share of its words. The same question gets the same answer.
/// </summary>
/// <param name="clips">All that it may be shown.</param>
/// <param name="wrongShare">Of the things it names, and of what happens to them: as often it says what holds for another clip.</param>
/// <param name="seed">Which ones.</param>
internal sealed class ScriptedModel(IReadOnlyList<ScriptedModel.KnownClip> clips, double wrongShare, ulong seed)
{
    private const int Side = 8;
    private const int Plain = 12;
    private const string Nothing = "Nothing but a plain ground.";
    private static readonly ImageTransform Small = new(Side, Side);

    /// <summary>Reads clips as the engine does, and what is true of each.</summary>
    /// <param name="options">Which clips.</param>
    /// <param name="frames">Which of their frames.</param>
    /// <param name="truth">What a clip shows and what happens, by its metadata.</param>
    public static IReadOnlyList<KnownClip> Look(
        ClipSourceOptions options,
        FrameOptions frames,
        Func<ClipMetadata, (string What, string Happening)> truth)
    {
        var reader = new ClipFrames(new Lazy<IVideoReader>(() => new FFmpegVideoReader()), frames.ShortSide);
        return [.. ClipSource.Open(options).Read(_ => true).Select(clip =>
        {
            var (what, happening) = truth(clip.Metadata);
            return new KnownClip(what, happening, Pictures(clip, frames.Count), Pictures(clip, frames.OfClip));
        })];

        byte[][] Pictures(EngineClip clip, int count)
            => [.. reader.Read(clip, count, CancellationToken.None).Frames.Select(frame => Small.Apply(frame.Picture))];
    }

    /// <summary>Answers a question as the prompts of the engine put it.</summary>
    public ScriptedEndpoint.Reply Answer(ScriptedEndpoint.Call call)
    {
        byte[][] seen = [.. call.Pictures.Select(address => Small.Apply(ImageDecoders.Default.Decode(
            Convert.FromBase64String(address[(address.IndexOf(',', StringComparison.Ordinal) + 1)..]),
            IImageDecoder.DefaultMaximumPixels)))];
        return ScriptedEndpoint.Says(seen.Length switch { 0 => Blend(call.Text), 1 => OfFrame(seen[0]), _ => OfClip(seen) });
    }

    private string OfFrame(byte[] picture)
    {
        if (picture.Chunk(Side * Side).All(plane => plane.Max() - plane.Min() < Plain))
        {
            return Nothing;
        }

        var (clip, frame) = clips.Index().SelectMany(clip => clip.Item.Frames.Index().Select(frame => (Clip: clip.Index, Frame: frame)))
            .MinBy(place => Distance(place.Frame.Item, picture)) is var nearest
                ? (nearest.Clip, nearest.Frame.Index)
                : default;
        return $"There is {Said(clip, part: 2 + frame).What}.";
    }

    private string OfClip(byte[][] pictures)
    {
        var clip = Enumerable.Range(0, clips.Count).Where(i => clips[i].OfClip.Count == pictures.Length)
            .MinBy(i => clips[i].OfClip.Zip(pictures, Distance).Sum());
        return $"{Said(clip, part: 0).What} {Said(clip, part: 1).Happening}".TrimEnd();
    }

    /// <summary>
    /// Keeps to the clip caption, but for what most single captions together with it say is there; without a clip caption, the title.
    /// </summary>
    private string Blend(string question)
    {
        var quoted = question[question.IndexOf('{', question.IndexOf("=== BEGIN DATA", StringComparison.Ordinal))..];
        var data = JsonSerializer.Deserialize<JsonElement>(quoted[..quoted.IndexOf("=== END DATA", StringComparison.Ordinal)]);
        if (!data.TryGetProperty("clip_caption", out var caption))
        {
            return data.GetProperty("title").GetString()!;
        }

        var told = caption.GetString()!;
        var named = Named(told);
        IEnumerable<string> frames = data.TryGetProperty("frame_captions", out var list)
            ? list.EnumerateArray().Select(frame => frame.GetString()!).Where(frame => frame != Nothing).Select(Named)
            : [];
        var agreed = frames.Prepend(named).CountBy(what => what).MaxBy(votes => votes.Value).Key;      // of equals the first: the clip's
        return told.Replace(named, agreed, StringComparison.Ordinal);
    }

    private string Named(string text)
        => clips.Select(clip => clip.What).Where(what => text.Contains(what, StringComparison.Ordinal)).MaxBy(what => what.Length)!;

    /// <summary>The clip that it takes one part of its answer from: this one, or in the stated share of cases another.</summary>
    private KnownClip Said(int clip, int part)
    {
        var random = new SceneRandom(seed, (ulong)part, (ulong)clip);
        return random.Between(0, 1) >= wrongShare ? clips[clip] : clips[(clip + 1 + random.Below(clips.Count - 1)) % clips.Count];
    }

    private static int Distance(byte[] one, byte[] other)
    {
        var sum = 0;
        for (var i = 0; i < one.Length; i++)
        {
            sum += (one[i] - other[i]) * (one[i] - other[i]);
        }

        return sum;
    }

    /// <param name="What">Is there, such as "a red circle".</param>
    /// <param name="Happening">What happens, as it goes on from there.</param>
    /// <param name="Frames">Those that are described one by one, [3 x 8 x 8] each.</param>
    /// <param name="OfClip">Those that are described together.</param>
    internal sealed record KnownClip(string What, string Happening, IReadOnlyList<byte[]> Frames, IReadOnlyList<byte[]> OfClip);
}
