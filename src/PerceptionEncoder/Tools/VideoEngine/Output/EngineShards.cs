using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Media.Images;
using PerceptionEncoder.Media.Video;
using PerceptionEncoder.Serialization;
using PerceptionEncoder.Tools.VideoEngine.Blending;
using PerceptionEncoder.Tools.VideoEngine.Clips;
using PerceptionEncoder.Tools.VideoEngine.State;

namespace PerceptionEncoder.Tools.VideoEngine.Output;

/// <summary>
/// Clips whose captions are there, into shards in the order of the source. A shard is complete or absent, and a clip that is in one is not
/// written again: a later run adds shards of what was finished since.
/// </summary>
/// <param name="options">What is stored.</param>
/// <param name="folder">Of the shards; made if absent.</param>
/// <param name="state">Answers, and what is written.</param>
/// <param name="captions">Makes the final caption.</param>
/// <param name="reader">Decodes clips whose frames are stored.</param>
internal sealed class EngineShards(
    ShardOutputOptions options,
    string folder,
    EngineState state,
    CaptionSources captions,
    Lazy<IVideoReader> reader)
{
    private const string NoCaption = "no caption";

    private readonly ClipFrames frames = new(reader, options.ShortSide);

    /// <summary>Writes what is finished and in no shard yet.</summary>
    /// <param name="source">The clips.</param>
    /// <param name="cancellation">Stops between clips; complete shards stay.</param>
    /// <exception cref="UserErrorException">The disk is full or fails.</exception>
    public void Write(ClipSource source, CancellationToken cancellation)
    {
        AtomicFolder.Create(folder);
        RemoveUnknown();
        using var samples = Samples(source, cancellation).GetEnumerator();
        var hasMore = samples.MoveNext();
        for (var number = state.Shards().Count; hasMore; number++)
        {
            var name = $"{number:D5}.tar";
            List<string> keys = [];
            AtomicFile.Write(Path.Combine(folder, name), temporary =>
            {
                using var writer = new ShardWriter(temporary);
                do
                {
                    writer.Write(samples.Current.Key, samples.Current.Members);
                    keys.Add(samples.Current.Key);
                    hasMore = samples.MoveNext();
                }
                while (hasMore && keys.Count < options.Clips);
            });
            state.SaveShard(name, keys);
        }
    }

    /// <summary>Shards of a process that was killed before it noted them, and those of answers that were dropped.</summary>
    private void RemoveUnknown()
    {
        var known = state.Shards().ToHashSet(StringComparer.Ordinal);
        foreach (var shard in Directory.GetFiles(folder, "*.tar").Where(path => IsOurs(path) && !known.Contains(Path.GetFileName(path))))
        {
            AtomicFolder.Attempt(shard, () => File.Delete(shard));
        }
    }

    private static bool IsOurs(string shard) => Path.GetFileNameWithoutExtension(shard).All(char.IsAsciiDigit);

    private IEnumerable<(string Key, IReadOnlyList<(string, ReadOnlyMemory<byte>)> Members)> Samples(
        ClipSource source,
        CancellationToken cancellation)
    {
        foreach (var clip in source.Read(entry => !state.IsWritten(entry.Key) && captions.AreOver(state.Load(entry.Key))))
        {
            cancellation.ThrowIfCancellationRequested();
            if (Members(clip, cancellation) is { } members)
            {
                yield return (clip.Key, members);
            }
        }
    }

    /// <summary>Null, and the reason in the state, where the clip is left out.</summary>
    private IReadOnlyList<(string, ReadOnlyMemory<byte>)>? Members(EngineClip clip, CancellationToken cancellation)
    {
        var known = state.Load(clip.Key);
        try
        {
            CheckedClip.Demand(clip, state);
            if (captions.Caption(known, clip.Metadata) is not { } caption)
            {
                // What was given up is told as such.
                if (known.Answers.All(answer => answer.Reason is null))
                {
                    state.SaveFailure(clip.Key, EngineStage.Write, 0, NoCaption, "no stage makes one, and nothing is known of it");
                }

                return null;
            }

            var media = options.StoredFrames is { } count ? Stored(clip, count, cancellation) : clip.Members();
            return [.. media, ("json", SampleJson.Of(options.Layout, clip, known, caption))];
        }
        catch (BadSampleException bad)
        {
            state.SaveFailure(clip.Key, EngineStage.Write, EngineState.WholeClip, bad.Reason, bad.Message);
            return null;
        }
    }

    private (string, ReadOnlyMemory<byte>)[] Stored(EngineClip clip, int count, CancellationToken cancellation)
        => [.. frames.Read(clip, count, cancellation).Frames.Select((frame, index)
            => (FrameMembers.Extension(index, "jpg"), (ReadOnlyMemory<byte>)JpegEncoder.Encode(frame.Picture)))];
}
