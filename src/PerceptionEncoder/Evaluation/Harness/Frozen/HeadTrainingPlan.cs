using PerceptionEncoder.Data.Shards;

namespace PerceptionEncoder.Evaluation.Harness.Frozen;

/// <summary>Passes over the training images in batches.</summary>
/// <param name="Epochs">Passes.</param>
/// <param name="Batch">Images a step, or all where there are fewer.</param>
/// <param name="Seed">Of the order.</param>
/// <param name="DropLast">Leave out the smaller last batch of a pass, as long as there is a whole one.</param>
internal sealed record HeadTrainingPlan(int Epochs, int Batch, ulong Seed, bool DropLast = false)
{
    /// <summary>Steps of one pass.</summary>
    public long StepsOfEpoch(int images) => DropLast ? Math.Max(1, images / Batch) : (images + Batch - 1) / Batch;

    /// <summary>Steps of all passes.</summary>
    public long Steps(int images) => Epochs * StepsOfEpoch(images);

    /// <summary>The batches of a pass, in an order of its own.</summary>
    public IEnumerable<int[]> Batches(IReadOnlyList<int> rows, int epoch)
    {
        var order = rows.ToArray();
        new SampleRandom(SampleRandom.Mix(Seed, (ulong)epoch)).Shuffle<int>(order);
        return order.Chunk(Batch).Take((int)StepsOfEpoch(rows.Count));
    }
}
