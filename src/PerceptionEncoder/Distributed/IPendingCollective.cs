namespace PerceptionEncoder.Distributed;

/// <summary>A collective on its way. Its tensor belongs to it until <see cref="Wait"/> has returned.</summary>
public interface IPendingCollective
{
    /// <summary>Returns when the tensor holds the result, or what computes next on its device will see it.</summary>
    void Wait();
}
