using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace PerceptionEncoder.Evaluation.Dense.Depth;

// B images · h w grid
/// <summary>The convolutional head of dense prediction transformers on four layers of a tower.</summary>
/// <remarks>
/// Ranftl, Bochkovskiy and Koltun, Vision Transformers for Dense Prediction, 2021, as DINOv2 and DINOv3 build it; key names as published.
/// </remarks>
internal sealed class DptHead : nn.Module
{
    [ComponentName(Name = "reassemble_blocks")]
    private readonly DptReassembly reassembly;

    [ComponentName(Name = "convs")]
    private readonly ModuleList<DptConvolution> levels;

    [ComponentName(Name = "fusion_blocks")]
    private readonly ModuleList<DptFusion> fusions;

    [ComponentName(Name = "project")]
    private readonly DptConvolution? projection;

    [ComponentName(Name = "conv_depth")]
    private readonly Outputs outputs;

    public DptHead(DptOptions options)
        : base(nameof(DptHead))
    {
        reassembly = new DptReassembly(options);
        levels = nn.ModuleList<DptConvolution>(
            [.. options.LevelChannels.Select(channels => new DptConvolution(channels, options.Channels, 3, bias: false))]);
        fusions = nn.ModuleList<DptFusion>(
            [.. options.LevelChannels.Select((_, step) => new DptFusion(options.Channels, options.ResidualBias, first: step == 0))]);
        projection = options.ProjectFused ? new DptConvolution(options.Channels, options.Channels, 3, bias: true) : null;
        outputs = new Outputs(options);
        RegisterComponents();
    }

    /// <summary>The four levels before they are fused, the finest first.</summary>
    internal IReadOnlyList<Tensor> Levels(IReadOnlyList<Tensor> maps, IReadOnlyList<Tensor>? classTokens)
        => reassembly.Levels(maps, classTokens);

    /// <summary>What is fused of all levels.</summary>
    /// <param name="maps">Of each layer, [B, D, h, w], the earliest first.</param>
    /// <param name="classTokens">[B, D] each; not looked at by a head without.</param>
    /// <returns>[B, channels, 16 h', 16 w'], h' and w' those of the coarsest level.</returns>
    internal Tensor Features(IReadOnlyList<Tensor> maps, IReadOnlyList<Tensor>? classTokens)
    {
        using var scope = NewDisposeScope();
        var sized = Levels(maps, classTokens).Select((level, index) => levels[index].call(level)).ToArray();
        var fused = fusions[0].Fuse(sized[^1], null);
        for (var step = 1; step < sized.Length; step++)
        {
            fused = fusions[step].Fuse(fused, sized[^(step + 1)]);
        }

        return (projection is null ? fused : projection.call(fused).relu()).MoveToOuterDisposeScope();
    }

    /// <summary>Scores of bins, or of depth, at twice the size of the features.</summary>
    /// <param name="maps">Of each layer, [B, D, h, w], the earliest first.</param>
    /// <param name="classTokens">[B, D] each; not looked at by a head without.</param>
    /// <returns>[B, outputs, 32 h', 32 w'].</returns>
    public Tensor Scores(IReadOnlyList<Tensor> maps, IReadOnlyList<Tensor>? classTokens)
    {
        using var scope = NewDisposeScope();
        return outputs.call(Features(maps, classTokens)).MoveToOuterDisposeScope();
    }

    private sealed class Outputs : nn.Module<Tensor, Tensor>
    {
        [ComponentName(Name = "head")]
        private readonly Sequential layers;

        public Outputs(DptOptions options)
            : base(nameof(Outputs))
        {
            layers = nn.Sequential(
                nn.Conv2d(options.Channels, options.Channels / 2, 3, padding: 1),
                new Doubling(),
                nn.Conv2d(options.Channels / 2, options.Hidden, 3, padding: 1),
                nn.ReLU(),
                nn.Conv2d(options.Hidden, options.Outputs, 1));
            RegisterComponents();
        }

        public override Tensor forward(Tensor maps) => layers.call(maps);
    }

    private sealed class Doubling() : nn.Module<Tensor, Tensor>(nameof(Doubling))
    {
        public override Tensor forward(Tensor maps) => DptFusion.Doubled(maps);
    }
}
