using System.Diagnostics;
using PerceptionEncoder.Data.Batches;
using PerceptionEncoder.Data.Shards;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tests.Data.Batches;

/// <summary>
/// A device that takes a fixed time for a batch, and decoding that takes a fixed time for a sample: both sleep, so that only what the
/// loader makes of them counts.
/// </summary>
public sealed class FeedingTests
{
    private const int Batch = 16, Workers = 4, Measured = 40, Attempts = 4;
    private static readonly TimeSpan OfSample = TimeSpan.FromMilliseconds(5);

    /// <summary>Workers needed, 3.2, rounded up.</summary>
    private static readonly TimeSpan OfBatch = TimeSpan.FromMilliseconds(25);

    [Fact]
    public void With_as_many_workers_as_the_arithmetic_asks_for_the_device_waits_for_less_than_2_percent()
        => Assert.Contains(Enumerable.Range(0, Attempts).Select(_ => ShareWaited(Workers)), share => share <= 0.02);

    [Fact]
    public void With_half_of_them_it_waits_for_a_third_of_the_time_and_the_loader_says_so()
        => Assert.InRange(ShareWaited(Workers / 2), 0.25, 1);

    private static double ShareWaited(int workers)
    {
        using var folder = new ShardFolder();
        using var loader = new DataLoader(
            new DataOptions { Train = [folder.AddSource("s", [200])], ShuffleWindow = 20, Workers = workers },
            Batch,
            new BatchLayout(new BatchField("image", uint8, 3)),
            (_, _, _, _) => Thread.Sleep(OfSample),
            seed: 3,
            DataPosition.Start,
            new BadSamples());
        Train(1);                                                // the first batch is waited for, by any arithmetic
        var (before, clock) = (loader.Waited, Stopwatch.StartNew());
        Train(Measured);
        return (loader.Waited - before) / clock.Elapsed;

        void Train(int steps)
        {
            for (var i = 0; i < steps; i++)
            {
                using var batch = loader.Next();
                Thread.Sleep(OfBatch);
            }
        }
    }
}
