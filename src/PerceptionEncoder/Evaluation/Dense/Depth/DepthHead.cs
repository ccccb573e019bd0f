using PerceptionEncoder.Evaluation.Dense.Heads;
using static TorchSharp.torch;

namespace PerceptionEncoder.Evaluation.Dense.Depth;

// B images · D width · g grid
/// <summary>Maps of layers to depths, by either kind of head.</summary>
internal abstract class DepthHead : IDisposable
{
    /// <summary>What is trained.</summary>
    public abstract nn.Module Module { get; }

    /// <summary>Scores of bins.</summary>
    /// <param name="maps">[B, D, g, g] of each layer, the earliest first.</param>
    /// <returns>[B, bins, H, W].</returns>
    public abstract Tensor Scores(IReadOnlyList<Tensor> maps);

    /// <inheritdoc/>
    public void Dispose() => Module.Dispose();

    /// <summary>A fresh head.</summary>
    /// <param name="set">Its kind, bins.</param>
    /// <param name="width">D.</param>
    public static DepthHead Create(DepthSetOptions set, long width)
        => set.Head == DepthHeadKind.Linear ? new OfLinear(set, width) : new OfDpt(set, width);

    private sealed class OfLinear(DepthSetOptions set, long width) : DepthHead
    {
        private readonly LinearTokenHead head = new(set.LayersTogether * width, set.Bins);

        public override nn.Module Module => head;

        public override Tensor Scores(IReadOnlyList<Tensor> maps)
        {
            using var scope = NewDisposeScope();
            return head.call(TokenMaps.Join(maps)).MoveToOuterDisposeScope();
        }
    }

    /// <summary>
    /// Published channels are those of a tower of width 1,024, an eighth of it and twice as many each level; 256 of what is fused, a
    /// quarter of it, which smaller towers have less of.
    /// </summary>
    private sealed class OfDpt(DepthSetOptions set, long width) : DepthHead
    {
        private const long LeastChannels = 32;
        private const long MostChannels = 256;

        private readonly DptHead head = new(new DptOptions
        {
            Widths = [width, width, width, width],
            LevelChannels = [.. new[] { 8, 4, 2, 1 }.Select(part => Math.Max(1, width / part))],
            Channels = Math.Clamp(width / 4, LeastChannels, MostChannels),
            Outputs = set.Bins,
            WithClassToken = false,
            Normalize = true,
        });

        public override nn.Module Module => head;

        public override Tensor Scores(IReadOnlyList<Tensor> maps)
            => head.Scores(maps.Count == 1 ? [maps[0], maps[0], maps[0], maps[0]] : maps, null);
    }
}
