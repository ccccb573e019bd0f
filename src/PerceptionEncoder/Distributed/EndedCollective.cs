namespace PerceptionEncoder.Distributed;

/// <summary>A collective that had ended when it was asked for.</summary>
internal sealed class EndedCollective : IPendingCollective
{
    private EndedCollective()
    {
    }

    public static EndedCollective Instance { get; } = new();

    /// <inheritdoc/>
    public void Wait()
    {
        // There is nothing to wait for.
    }
}
