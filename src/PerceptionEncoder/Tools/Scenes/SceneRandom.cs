namespace PerceptionEncoder.Tools.Scenes;

/// <summary>
/// SplitMix64 (Steele, Lea and Flood 2014): the same numbers on every machine, and cheap enough to start anew for each scene.
/// </summary>
internal struct SceneRandom
{
    private const ulong Golden = 0x9E3779B97F4A7C15;
    private ulong state;

    /// <summary>A stream of its own for each triple.</summary>
    public SceneRandom(ulong seed, ulong stream, ulong index)
        => state = Mix(Mix(Mix(seed) + stream) + index);

    /// <summary>Stable 64-bit hash of a text (FNV-1a, mixed once more so that low bits are even).</summary>
    public static ulong Hash(string text)
    {
        var hash = 0xCBF29CE484222325;
        foreach (var character in text)
        {
            hash = (hash ^ character) * 0x100000001B3;
        }

        return Mix(hash);
    }

    public double Between(double low, double high)
        => low + ((high - low) * (Next() >> 11) / (1L << 53));

    public int Below(int count) => (int)Math.BigMul(Next(), (ulong)count, out _);

    public T Pick<T>(IReadOnlyList<T> items) => items[Below(items.Count)];

    public T Pick<T>()
        where T : struct, Enum
        => Pick(EnumValues<T>.All);

    private static ulong Mix(ulong value)
    {
        value += Golden;
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }

    private ulong Next()
    {
        var result = Mix(state);
        state += Golden;
        return result;
    }

    private static class EnumValues<T>
        where T : struct, Enum
    {
        public static readonly T[] All = Enum.GetValues<T>();
    }
}
