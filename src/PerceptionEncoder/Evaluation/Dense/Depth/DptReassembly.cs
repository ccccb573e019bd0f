using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace PerceptionEncoder.Evaluation.Dense.Depth;

// B images · D width of a layer · C channels of a level
/// <summary>Makes of four layers, which have one size, maps of four: 4, 2, 1 and 1/2 times the grid's.</summary>
internal sealed class DptReassembly : nn.Module
{
    [ComponentName(Name = "readout_projects")]
    private readonly ModuleList<nn.Module<Tensor, Tensor>>? mixes;

    [ComponentName(Name = "batchnorm_layers")]
    private readonly ModuleList<nn.Module<Tensor, Tensor>>? norms;

    [ComponentName(Name = "projects")]
    private readonly ModuleList<nn.Module<Tensor, Tensor>> projections;

    [ComponentName(Name = "resize_layers")]
    private readonly ModuleList<nn.Module<Tensor, Tensor>> sizes;

    public DptReassembly(DptOptions options)
        : base(nameof(DptReassembly))
    {
        var (widths, channels) = (options.Widths, options.LevelChannels);
        if (options.WithClassToken)
        {
            mixes = All(width => nn.Sequential(nn.Linear(2 * width, width), nn.GELU()));
        }

        if (options.Normalize)
        {
            norms = All(width => nn.BatchNorm2d(width));
        }

        projections = nn.ModuleList<nn.Module<Tensor, Tensor>>(
            [.. widths.Zip(channels, (width, level) => new DptConvolution(width, level, 1, bias: true))]);
        sizes = nn.ModuleList<nn.Module<Tensor, Tensor>>(
            nn.ConvTranspose2d(channels[0], channels[0], 4, stride: 4),
            nn.ConvTranspose2d(channels[1], channels[1], 2, stride: 2),
            nn.Identity(),
            nn.Conv2d(channels[3], channels[3], 3, stride: 2, padding: 1));
        RegisterComponents();

        ModuleList<nn.Module<Tensor, Tensor>> All(Func<long, nn.Module<Tensor, Tensor>> make)
            => nn.ModuleList<nn.Module<Tensor, Tensor>>([.. widths.Select(make)]);
    }

    /// <summary>The four levels.</summary>
    /// <param name="maps">Of each layer, [B, D, h, w], the earliest first.</param>
    /// <param name="classTokens">[B, D] each; not looked at by a head without.</param>
    /// <returns>[B, C, ...] each, the finest first.</returns>
    public IReadOnlyList<Tensor> Levels(IReadOnlyList<Tensor> maps, IReadOnlyList<Tensor>? classTokens)
    {
        using var scope = NewDisposeScope();
        return [.. maps.Select((map, layer) =>
        {
            var features = mixes is null ? map : Mix(mixes[layer], map, classTokens![layer]);
            features = norms is null ? features : norms[layer].call(features);
            return sizes[layer].call(projections[layer].call(features)).MoveToOuterDisposeScope();
        })];
    }

    private static Tensor Mix(nn.Module<Tensor, Tensor> mix, Tensor map, Tensor classToken)
    {
        var tokens = map.flatten(2).transpose(1, 2);                                                         // [B, P, D]
        var mixed = mix.call(cat([tokens, classToken.unsqueeze(1).expand_as(tokens)], -1));
        return mixed.transpose(1, 2).reshape(map.shape);
    }
}
