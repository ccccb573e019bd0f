using PerceptionEncoder.Distributed;
using PerceptionEncoder.Evaluation.Harness;
using PerceptionEncoder.Tensors;
using PerceptionEncoder.Tests.Distributed;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tests.Evaluation.Harness;

public sealed class RankBlocksTests
{
    public RankBlocksTests() => TorchRuntime.Initialize();

    [Theory]
    [InlineData(1, 10)]
    [InlineData(2, 10)]
    [InlineData(3, 10)]
    [InlineData(3, 9)]
    [InlineData(4, 2)]                      // fewer blocks than ranks
    [InlineData(2, 0)]
    public void Every_input_goes_to_one_rank_and_comes_back_in_its_place(int ranks, int inputs)
    {
        var collected = new List<int>[ranks];
        LoopBack.Run(ranks, world =>
        {
            var own = RankBlocks.Mine(world, Enumerable.Range(0, inputs), 3).Chunk(3)
                .Select(block => new RankPiece<int[]>(tensor(block).view(-1, 1).expand(-1, 2).clone(), block));
            collected[world.Rank] = [];
            foreach (var (features, note) in RankBlocks.InOrder(world, own, CancellationToken.None))
            {
                using (features)
                {
                    Assert.Equal(note.SelectMany(number => new[] { number, number }), features.data<int>().ToArray());
                    collected[world.Rank].AddRange(note);
                }
            }
        });
        Assert.Equal(Enumerable.Range(0, inputs), collected[0]);
        Assert.All(collected[1..], Assert.Empty);
    }

    [Fact]
    public void A_block_of_which_nothing_can_be_used_has_no_rows_and_keeps_its_place()
    {
        var notes = new List<string>();
        LoopBack.Run(2, world =>
        {
            var own = RankBlocks.Mine(world, Enumerable.Range(0, 5), 1)
                .Select(number => new RankPiece<string>(number == 2 ? empty(0) : full(1, 3, number), $"{number}"));
            foreach (var (features, note) in RankBlocks.InOrder(world, own, CancellationToken.None))
            {
                notes.Add($"{note}:{features.shape[0]}");
                features.Dispose();
            }
        });
        Assert.Equal(["0:1", "1:1", "2:0", "3:1", "4:1"], notes);
    }

    [Fact]
    public void One_rank_that_is_asked_to_stop_stops_all_in_the_same_round()
    {
        using var stop = new CancellationTokenSource();
        var begun = new int[2];
        LoopBack.Run(2, world =>
        {
            var own = Enumerable.Range(0, 10).Select(number =>
            {
                begun[world.Rank]++;
                if (world.Rank == 1 && number == 2)
                {
                    stop.Cancel();
                }

                return new RankPiece<int>(zeros(1, 1), number);
            });
            Assert.Throws<AgreedStopException>(() =>
            {
                foreach (var piece in RankBlocks.InOrder(world, own, world.Rank == 1 ? stop.Token : CancellationToken.None))
                {
                    piece.Features.Dispose();
                }
            });
        });
        Assert.Equal([3, 3], begun);
    }
}
