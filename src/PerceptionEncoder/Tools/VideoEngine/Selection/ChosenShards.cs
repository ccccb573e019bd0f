using System.Text.Json.Nodes;
using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Serialization;

namespace PerceptionEncoder.Tools.VideoEngine.Selection;

/// <summary>
/// Shards of the kept samples as they were, but that the numbers of the selection are among the <c>scores</c> of their JSON, from where
/// the engine carries them on.
/// </summary>
internal static class ChosenShards
{
    private const string ScoresField = "scores";
    private const string ScoreName = "score";

    /// <summary>Writes one shard for each that has any of them.</summary>
    /// <param name="folder">What is there is replaced.</param>
    /// <param name="paths">Shards, in order.</param>
    /// <param name="chosen">All clips.</param>
    /// <param name="cancellation">Stops; the folder is as it was.</param>
    public static void Write(string folder, IEnumerable<string> paths, IEnumerable<ChosenClip> chosen, CancellationToken cancellation)
    {
        var kept = chosen.Where(clip => clip.IsKept).ToDictionary(clip => clip.Clip.Source, StringComparer.Ordinal);
        AtomicFolder.Write(folder, temporary =>
        {
            var number = 0;
            foreach (var path in paths)
            {
                ShardWriter? writer = null;
                try
                {
                    foreach (var sample in SampleReader.ReadShards([path], new BadSamples()))
                    {
                        cancellation.ThrowIfCancellationRequested();
                        if (kept.Remove($"{sample.Shard}:{sample.Key}", out var clip))
                        {
                            writer ??= new ShardWriter(Path.Combine(temporary, $"{number++:D5}.tar"));
                            writer.Write(sample.Key, Members(sample, clip));
                        }
                    }
                }
                finally
                {
                    writer?.Dispose();
                }
            }
        });
    }

    /// <summary>The sample with the numbers in its JSON; as it is where that is damaged or of another layout.</summary>
    private static IEnumerable<(string Extension, ReadOnlyMemory<byte> Data)> Members(Sample sample, ChosenClip clip)
    {
        var file = sample.Members.TryGetValue(JsonMember.Extension, out var bytes) ? bytes : (ReadOnlyMemory<byte>?)null;
        return JsonMember.In(
            sample.Members.Select(member => (member.Key, member.Value)),
            JsonMember.Changed(file, fields => Score(fields, clip)));
    }

    private static bool Score(JsonObject fields, ChosenClip clip)
    {
        if (fields[ScoresField] is not (null or JsonObject))
        {
            return false;
        }

        var scores = fields[ScoresField]?.AsObject() ?? [];
        fields[ScoresField] = scores;
        foreach (var (name, number) in (clip.Scores() ?? []).Append(new(ScoreName, clip.Score)))
        {
            if (number is not null)
            {
                scores[name] = number.DeepClone();
            }
        }

        return true;
    }
}
