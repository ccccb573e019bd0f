using PerceptionEncoder.Models.Clip;
using PerceptionEncoder.Serialization.NameMaps;
using PerceptionEncoder.Serialization.Weights;
using PerceptionEncoder.Tensors;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tools.Checkpoints;

/// <summary>Writes a checkpoint anew in another layout, format, element type or input size.</summary>
public sealed record CheckpointConversion
{
    /// <summary>The checkpoint to read.</summary>
    public required string Input { get; init; }

    /// <summary>The file to write.</summary>
    public required string Output { get; init; }

    /// <summary>Whose names and arrangement the output has.</summary>
    public required LayoutName Layout { get; init; }

    /// <summary>File format; null for what the output's extension stands for.</summary>
    public WeightsFormat? Format { get; init; }

    /// <summary>Element type; null for what each tensor has.</summary>
    public ElementType? DType { get; init; }

    /// <summary>Side of the input in pixels that the absolute positions are interpolated for; null for the checkpoint's own.</summary>
    public int? ImageSize { get; init; }

    /// <summary>Reads, arranges and writes.</summary>
    /// <returns>What there is to know about the file that was written.</returns>
    /// <exception cref="UserErrorException">The input is not usable, the layout needs a text tower it has not, or the output cannot be written.</exception>
    public ConvertedCheckpoint Run()
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var checkpoint = ModelWeights.Open(Input);
        checkpoint.CheckTensors();
        var architecture = checkpoint.Architecture.At(ImageSize);
        var layout = LayoutFor(architecture, checkpoint.Path);
        var tensors = architecture.Tensors().Select(wanted => (wanted.Name, Tensor: checkpoint.Read(wanted.Name, wanted.Shape))).ToArray();
        var (arranged, leftOut) = LayoutExport.Arrange(layout, [.. tensors.Select(entry => (entry.Name, DType is { } type ? entry.Tensor.to(type.ToScalarType()) : entry.Tensor))]);
        var kept = layout.HoldsText ? architecture : architecture with { Text = null };
        WeightsWriter.Write(Output, Format ?? WeightsWriter.FormatOf(Output), arranged, new Dictionary<string, string> { ["format"] = "pt", [ModelArchitecture.MetadataKey] = kept.Write() });
        int? grid = Layout == LayoutName.Meta || !architecture.Vision.UseRope2D ? null : architecture.Vision.ImageSize / architecture.Vision.PatchSize;
        return new ConvertedCheckpoint(leftOut, checkpoint.Tensors.Origin, architecture.Vision.ImageSize, grid);
    }

    private NameMap LayoutFor(ModelArchitecture architecture, string path) => Layout switch
    {
        LayoutName.Meta => architecture.Text is null ? NameMaps.MetaVision : NameMaps.Meta,
        LayoutName.Timm => NameMaps.Timm,
        LayoutName.Hf => NameMaps.HuggingFace,
        _ => architecture.Text is not null ? NameMaps.OpenClip
            : throw new UserErrorException($"{path}: is a vision tower without text tower, and open_clip's layout is of both. Convert it to timm instead."),
    };
}
