using PerceptionEncoder.Distributed;
using static TorchSharp.torch;

namespace PerceptionEncoder.Evaluation.Harness;

/// <summary>
/// Inputs dealt to ranks in blocks, in turn, and what the ranks have made of them in the order of the inputs again, on the rank that
/// writes. A block is a batch, encoded as one rank would encode it: the features are the same to the bit, however many ranks there are.
/// </summary>
internal static class RankBlocks
{
    /// <summary>The inputs of this rank: of every so many blocks, one.</summary>
    /// <param name="world">The ranks.</param>
    /// <param name="inputs">The same on each.</param>
    /// <param name="block">Inputs of a block; the last may be shorter.</param>
    public static IEnumerable<T> Mine<T>(World world, IEnumerable<T> inputs, int block)
    {
        var index = 0L;
        return world.Size == 1 ? inputs : inputs.Where(_ => index++ / block % world.Size == world.Rank);
    }

    /// <summary>What ends this rank wherever it stands; several stop together instead, in <see cref="InOrder"/>.</summary>
    public static CancellationToken AtOnce(World world, CancellationToken stop) => world.Size == 1 ? stop : CancellationToken.None;

    /// <summary>
    /// The pieces of all ranks in the order of the blocks, on the rank that writes; none on the others. All ranks enumerate it.
    /// </summary>
    /// <param name="world">The ranks.</param>
    /// <param name="own">This rank's, one for each of its blocks.</param>
    /// <param name="stop">Of this rank; all stop together, between two rounds.</param>
    /// <exception cref="AgreedStopException">A rank was asked to stop.</exception>
    public static IEnumerable<RankPiece<T>> InOrder<T>(World world, IEnumerable<RankPiece<T>> own, CancellationToken stop)
        => world.Size == 1 ? own : Gathered(world, own, stop);

    private static IEnumerable<RankPiece<T>> Gathered<T>(World world, IEnumerable<RankPiece<T>> own, CancellationToken stop)
    {
        using var mine = own.GetEnumerator();
        for (var more = true; ;)
        {
            more = more && mine.MoveNext();
            var piece = more ? mine.Current : null;
            var round = world.Gather(new Turn<T>(
                more,
                stop.IsCancellationRequested,
                piece?.Features.dtype ?? ScalarType.Float32,
                piece?.Features.shape ?? [0],
                piece is null ? default : piece.Note));
            if (round.Any(turn => turn.Stops))
            {
                throw new AgreedStopException(stop);
            }

            if (!round.Any(turn => turn.HasPiece))
            {
                yield break;
            }

            foreach (var made in Exchange(world, round, piece?.Features))
            {
                yield return made;
            }
        }
    }

    /// <summary>The features of a round, filled up to the same number of rows for the way.</summary>
    private static RankPiece<T>[] Exchange<T>(World world, IReadOnlyList<Turn<T>> round, Tensor? own)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var (rows, row) = (round.Max(turn => turn.Shape[0]), round.MaxBy(turn => turn.Shape.Length)!);
        var filled = zeros([rows, .. row.Shape[1..]], row.Type);
        if (own is not null && rows > 0 && own.shape[0] > 0)
        {
            filled.narrow(0, 0, own.shape[0]).copy_(own);
        }

        own?.Dispose();
        var all = rows > 0 ? world.Collective.AllGather(filled) : filled;
        return !world.Writes ? []
            : [.. round.Index().Where(entry => entry.Item.HasPiece).Select(entry => new RankPiece<T>(
                all.narrow(0, entry.Index * rows, entry.Item.Shape[0]).clone().DetachFromDisposeScope(),
                entry.Item.Note!))];
    }

    /// <param name="HasPiece">Whether the rank has one in this round; the last round is not full.</param>
    /// <param name="Stops">Whether it was asked to stop.</param>
    /// <param name="Type">Of its features.</param>
    /// <param name="Shape">Of its features.</param>
    /// <param name="Note">What goes with them.</param>
    private sealed record Turn<T>(bool HasPiece, bool Stops, ScalarType Type, long[] Shape, T? Note);
}
