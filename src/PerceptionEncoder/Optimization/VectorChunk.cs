namespace PerceptionEncoder.Optimization;

/// <summary>Stretches of one length of a parameter, its gradient and its two moments.</summary>
internal readonly ref struct VectorChunk(Span<float> weights, Span<float> gradient, Span<float> first, Span<float> second)
{
    public Span<float> Weights { get; } = weights;

    public Span<float> Gradient { get; } = gradient;

    public Span<float> First { get; } = first;

    public Span<float> Second { get; } = second;

    public int Length => Weights.Length;

    /// <summary>Four quarters of one piece of memory.</summary>
    public static VectorChunk Over(Span<float> memory)
    {
        var length = memory.Length / 4;
        return new VectorChunk(memory[..length], memory.Slice(length, length), memory.Slice(2 * length, length), memory[(3 * length)..]);
    }

    public VectorChunk Slice(int start, int length)
        => new(Weights.Slice(start, length), Gradient.Slice(start, length), First.Slice(start, length), Second.Slice(start, length));

    /// <summary>Copies all four into the heads of those of <paramref name="target"/>.</summary>
    public void CopyTo(VectorChunk target)
    {
        Weights.CopyTo(target.Weights);
        Gradient.CopyTo(target.Gradient);
        First.CopyTo(target.First);
        Second.CopyTo(target.Second);
    }
}
