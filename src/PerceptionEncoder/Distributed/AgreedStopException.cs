namespace PerceptionEncoder.Distributed;

/// <summary>All ranks stop at the same point, because one of them was asked to.</summary>
/// <param name="stop">Of this rank, which may not be the one.</param>
public sealed class AgreedStopException(CancellationToken stop)
    : OperationCanceledException("Stopped on request, on all ranks.", stop);
