using CsCheck;
using PerceptionEncoder.Data.Batches;
using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Distributed;
using PerceptionEncoder.Tensors;
using PerceptionEncoder.Tests.Data;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tests.Distributed;

public sealed class WorldTests
{
    public WorldTests() => TorchRuntime.Initialize();

    [Fact]
    public void One_process_is_a_world_of_one()
    {
        using var scope = NewDisposeScope();
        var world = World.Single;
        Assert.Equal((0, 1, true, 7), (world.Rank, world.Size, world.Writes, world.ShareOf(7)));
        Assert.Equal((2.5, true, false), (world.Sum(2.5), world.Any(here: true), world.Any(here: false)));
        Assert.True(world.Collective.AllGather(ones(2, 3)).eq(ones(2, 3)).all().item<bool>());
    }

    [Fact]
    public void What_holds_on_one_rank_is_known_to_all()
    {
        var heard = new bool[3];
        LoopBack.Run(3, world => heard[world.Rank] = world.Any(world.Rank == 1));
        Assert.Equal([true, true, true], heard);
    }

    [Fact]
    public void Shares_of_the_first_samples_of_a_batch_are_those_that_were_dealt()
        => Gen.Select(Gen.Int[1, 6], Gen.Int[0, 40]).Sample((size, samples) =>
        {
            var shares = new int[size];
            LoopBack.Run(size, world => shares[world.Rank] = world.ShareOf(samples));
            Assert.Equal(
                Enumerable.Range(0, size).Select(rank => Enumerable.Range(0, samples).Count(sample => sample % size == rank)),
                shares);
        }, iter: 30, threads: 1);

    [Fact]
    public void The_samples_of_all_ranks_interleaved_are_those_of_one()
        => Gen.Select(Gen.Int[1, 4], Gen.Int[1, 9], Gen.Int[0, 3], Gen.ULong).Sample((size, window, before, seed) =>
        {
            using var shards = new ShardFolder();
            var options = new DataOptions
            {
                Train = [shards.AddSource("a", [5, 0, 7]), shards.AddSource("b", [4], weight: 0.5)],
                ShuffleWindow = window,
                Workers = 1,
            };
            const int Share = 2, Batches = 5;
            var start = Read(options, Share * size, before, seed, DataPosition.Start, World.Single).Position;
            var alone = Read(options, Share * size, Batches, seed, start, World.Single);
            var ranks = new (string[] Keys, DataPosition Position)[size];
            LoopBack.Run(size, world => ranks[world.Rank] = Read(options, Share, Batches, seed, start, world));

            Assert.Equal(alone.Keys, Enumerable.Range(0, alone.Keys.Length).Select(sample => ranks[sample % size].Keys[sample / size]));
            Assert.All(ranks, rank => Assert.Equal(
                (alone.Position.Draws, string.Join(";", alone.Position.Sources)),
                (rank.Position.Draws, string.Join(";", rank.Position.Sources))));
        }, iter: 25, threads: 1);

    private static (string[] Keys, DataPosition Position) Read(
        DataOptions options,
        int batch,
        int count,
        ulong seed,
        DataPosition start,
        World world)
    {
        using var loader =
            new DataLoader(options, batch, new BatchLayout(), (_, _, _, _) => { }, seed, start, new BadSamples(), world: world);
        var (keys, position) = (new List<string>(), start);
        for (var i = 0; i < count; i++)
        {
            using var read = loader.Next();
            keys.AddRange(read.Keys);
            position = read.Next;
        }

        return ([.. keys], position);
    }
}
