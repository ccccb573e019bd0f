namespace PerceptionEncoder.Data.Shards;

/// <summary>
/// Position inside one source. Shard order and shuffling are functions of (seed, epoch, window), so these numbers are enough.
/// </summary>
/// <param name="Epoch">Passes completed.</param>
/// <param name="Shard">Index, in this epoch's shard order, of the shard in which the current shuffle window starts.</param>
/// <param name="SampleInShard">Samples of that shard that earlier windows hold.</param>
/// <param name="Window">Number of the current shuffle window in this epoch.</param>
/// <param name="DrawnFromWindow">Samples already drawn from it.</param>
/// <param name="WindowSamples">
/// Samples that it began with: it is read again as it was, whatever bounds windows by then. 0 before it was read, and in checkpoints older
/// than this figure.
/// </param>
public sealed record SourcePosition(int Epoch, int Shard, long SampleInShard, long Window, int DrawnFromWindow, int WindowSamples = 0);
