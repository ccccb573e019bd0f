namespace PerceptionEncoder.Evaluation.Dense.Segmentation;

/// <summary>
/// What several readers take, on any threads: read for the first of them and dropped with the last, so that a set of many holds few.
/// </summary>
/// <param name="read">Reads it; what it throws, every reader gets.</param>
/// <param name="readers">How many there are in one pass over the set.</param>
internal sealed class SharedReading<T>(Func<T> read, int readers)
{
    private readonly Lock gate = new();
    private Lazy<T> value = new(read);
    private int readings;

    /// <summary>The value; a pass that follows reads it anew.</summary>
    public T Take()
    {
        Lazy<T> taken;
        lock (gate)
        {
            taken = value;
            if (++readings == readers)
            {
                (value, readings) = (new Lazy<T>(read), 0);
            }
        }

        return taken.Value;
    }
}
