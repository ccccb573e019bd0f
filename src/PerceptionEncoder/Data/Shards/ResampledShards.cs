using System.Collections;

namespace PerceptionEncoder.Data.Shards;

/// <summary>Shards drawn with replacement, without end: each draw is a function of its number alone.</summary>
/// <param name="paths">What is drawn from.</param>
/// <param name="hash">A random number of a draw.</param>
internal sealed class ResampledShards(IReadOnlyList<string> paths, Func<int, ulong> hash) : IReadOnlyList<string>
{
    /// <summary>More than any run reads.</summary>
    public int Count => int.MaxValue;

    /// <inheritdoc/>
    public string this[int index] => paths[(int)Math.BigMul(hash(index), (ulong)paths.Count, out _)];

    /// <inheritdoc/>
    public IEnumerator<string> GetEnumerator()
    {
        for (var i = 0; i < Count; i++)
        {
            yield return this[i];
        }
    }

    /// <inheritdoc/>
    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
