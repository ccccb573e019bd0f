namespace PerceptionEncoder.Data.Shards;

/// <summary>
/// Random numbers for the order of data, the same on every machine and runtime: SplitMix64 (Steele, Lea and Flood, OOPSLA 2014). A resumed
/// run relies on these exact numbers, so <see cref="System.Random"/>, whose algorithm may change, is not used.
/// </summary>
internal struct SampleRandom(ulong seed)
{
    private const ulong Gamma = 0x9E3779B97F4A7C15;
    private ulong state = seed;

    /// <summary>One well-mixed number for a tuple of counters, such as (seed, purpose, source, epoch).</summary>
    public static ulong Mix(params ReadOnlySpan<ulong> values)
    {
        var hash = (ulong)values.Length;
        foreach (var value in values)
        {
            hash = Scramble((hash ^ value) + Gamma);
        }

        return hash;
    }

    /// <summary>The top 53 bits of a hash as a number in [0, 1).</summary>
    public static double ToUnit(ulong hash) => (hash >> 11) * (1.0 / (1UL << 53));

    /// <summary>The next 64 bits.</summary>
    public ulong Next() => Scramble(state += Gamma);

    /// <summary>A number in [0, bound). The bias of the multiplication is below 2^-32.</summary>
    public int NextBelow(int bound) => (int)Math.BigMul(Next(), (ulong)bound, out _);

    /// <summary>A number in [0, 1).</summary>
    public double NextUnit() => ToUnit(Next());

    /// <summary>A normal number of mean 0 and deviation 1, by Box and Muller's transform.</summary>
    public double NextNormal() => Math.Sqrt(-2 * Math.Log(1 - NextUnit())) * Math.Cos(2 * Math.PI * NextUnit());

    /// <summary>Fisher–Yates, in place.</summary>
    public void Shuffle<T>(Span<T> items)
    {
        for (var last = items.Length - 1; last > 0; last--)
        {
            var other = NextBelow(last + 1);
            (items[last], items[other]) = (items[other], items[last]);
        }
    }

    private static ulong Scramble(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
