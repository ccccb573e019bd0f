namespace PerceptionEncoder.Data.Shards;

/// <summary>Consecutive samples of an epoch's shard order, permuted. Drawing hands a sample over and lets go of it.</summary>
/// <param name="start">Where the window begins, with nothing drawn from it.</param>
/// <param name="samples">In the order in which they are drawn.</param>
internal sealed class ShuffleWindow(SourcePosition start, Sample[] samples)
{
    /// <summary>Where the window begins.</summary>
    public SourcePosition Start => start;

    /// <summary>Samples it began with.</summary>
    public int Count => samples.Length;

    /// <summary>Removes and returns the sample at an index.</summary>
    public Sample Take(int index)
    {
        var sample = samples[index];
        samples[index] = null!;
        return sample;
    }
}
