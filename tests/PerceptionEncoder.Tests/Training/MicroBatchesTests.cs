using PerceptionEncoder.Data.Batches;
using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Tests.Data;
using PerceptionEncoder.Training;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tests.Training;

public class MicroBatchesTests
{
    private static readonly BatchLayout Layout = new(new BatchField("number", ScalarType.Int64));

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_second_reading_gives_the_same_and_the_next_step_goes_on_behind_it(bool twice)
    {
        using var folder = new ShardFolder();
        var options = new DataOptions { Train = [folder.AddSource("s", [30])] };
        var stage = new StagePlan(0, 8, Batch: 12, MicroBatch: 4, FirstStep: 0, Steps: 3);
        using var first = Loader(options);
        using var again = twice ? Loader(options) : null;
        using var whole = Loader(options);
        for (var step = 0; step < 3; step++)
        {
            using var microBatches = MicroBatches.Of(stage, first, again, CancellationToken.None);
            Assert.Equal((3, 12), (microBatches.Count, microBatches.Samples));
            var read = Enumerable.Range(0, 3).Select(_ => Describe(microBatches.Read())).ToArray();
            Assert.Equal(read, Enumerable.Range(0, 3).Select(_ => Describe(microBatches.ReadAgain())).ToArray());
            Assert.Equal(Enumerable.Range(0, 3).Select(_ => Taken(whole)), read);
            Assert.Equal(12 * (step + 1), microBatches.Next.Draws);
        }
    }

    [Fact]
    public void They_are_read_as_they_are_asked_for()
    {
        using var folder = new ShardFolder();
        using var release = new ManualResetEventSlim();
        var stage = new StagePlan(0, 8, Batch: 8, MicroBatch: 4, FirstStep: 0, Steps: 1);
        var decoded = 0;
        using var loader = new DataLoader(
            new DataOptions { Train = [folder.AddSource("s", [8])], Workers = 1 },
            4,
            Layout,
            (_, _, _, _) =>
            {
                if (decoded++ == 4)
                {
                    release.Wait(TimeSpan.FromSeconds(20));
                }
            },
            seed: 3,
            DataPosition.Start,
            new BadSamples());
        using var microBatches = MicroBatches.Of(stage, loader, again: null, CancellationToken.None);
        Assert.Equal(4, microBatches.Read().Size);
        Assert.False(release.IsSet);
        release.Set();
        microBatches.Read();
        Assert.Throws<ArgumentOutOfRangeException>(() => microBatches.Read());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Their_memory_goes_back_when_the_step_ends(bool twice)
    {
        using var folder = new ShardFolder();
        var options = new DataOptions { Train = [folder.AddSource("s", [30])] };
        var stage = new StagePlan(0, 8, Batch: 12, MicroBatch: 4, FirstStep: 0, Steps: 3);
        var before = LiveTensors.Count();
        using (var first = Loader(options))
        using (var again = twice ? Loader(options) : null)
        {
            for (var step = 0; step < 20; step++)
            {
                using var microBatches = MicroBatches.Of(stage, first, again, CancellationToken.None);
                for (var i = 0; i < 3; i++)
                {
                    microBatches.Read();
                }

                microBatches.ReadAgain();
            }

            // Of each loader two ready, one being filled and one waiting to be, and the three of a step.
            Assert.InRange(Tensor.TotalCount - before, 1, 11);
        }

        Assert.Equal(before, LiveTensors.Count());
    }

    private static DataLoader Loader(DataOptions options)
        => new(
            options,
            4,
            Layout,
            (sample, _, _, fields) => fields.Of<long>("number")[0] = int.Parse(sample.Key.AsSpan(1)),
            seed: 3,
            DataPosition.Start,
            new BadSamples());

    private static string Taken(DataLoader loader)
    {
        using var batch = loader.Next();
        return Describe(batch);
    }

    private static string Describe(Batch batch)
        => $"{string.Join(' ', batch.Keys)}: {string.Join(' ', batch["number"].data<long>().ToArray())}";
}
