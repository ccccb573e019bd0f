using PerceptionEncoder.Data.Shards;

namespace PerceptionEncoder.Tools.Inspection;

/// <summary>Takes samples as they come into parts that some threads are busy with for a while.</summary>
internal static class SampleParts
{
    private const long Bytes = 64L << 20;           // of a part: memory is no larger, but by its last sample

    /// <param name="samples">One pass.</param>
    /// <param name="most">Samples of a part.</param>
    public static IEnumerable<IReadOnlyList<Sample>> Of(IEnumerable<Sample> samples, int most)
    {
        var (part, bytes) = (new List<Sample>(), 0L);
        foreach (var sample in samples)
        {
            part.Add(sample);
            bytes += sample.Members.Sum(member => (long)member.Value.Length);
            if (part.Count == most || bytes >= Bytes)
            {
                yield return part;
                (part, bytes) = ([], 0);
            }
        }

        if (part.Count > 0)
        {
            yield return part;
        }
    }
}
