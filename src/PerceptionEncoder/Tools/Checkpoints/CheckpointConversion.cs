using PerceptionEncoder.Models;
using PerceptionEncoder.Models.Clip;
using PerceptionEncoder.Models.Common;
using PerceptionEncoder.Models.Language;
using PerceptionEncoder.Serialization;
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

    /// <summary>Whose names and arrangement the output has: one of <see cref="ModelFamilies.LayoutNames"/>.</summary>
    public required string Layout { get; init; }

    /// <summary>Writes the vision tower alone: what alignment is for, under the names that PE-Lang is published with.</summary>
    public bool EncoderAlone { get; init; }

    /// <summary>File format; null for what the output's extension stands for.</summary>
    public WeightsFormat? Format { get; init; }

    /// <summary>Element type; null for what each tensor has.</summary>
    public ElementType? DType { get; init; }

    /// <summary>Side of the input in pixels that the absolute positions are interpolated for; null for the checkpoint's own.</summary>
    public int? ImageSize { get; init; }

    /// <summary>Reads, arranges and writes.</summary>
    /// <returns>What there is to know about the file that was written.</returns>
    /// <exception cref="UserErrorException">
    /// The input is not usable, the layout needs a text tower it has not, or the output cannot be written.
    /// </exception>
    public ConvertedCheckpoint Run()
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var weights = ModelWeights.Open(Input);
        weights.CheckTensors();
        var whole = weights.Architecture.At(ImageSize);
        var (architecture, nameIn) = EncoderAlone ? EncoderOf(whole, weights.Path) : (whole, name => name);
        var layout = architecture.LayoutNamed(Layout, weights.Path);
        var tensors = architecture.Tensors()
            .Select(wanted => (wanted.Name, Tensor: weights.Read(nameIn(wanted.Name), wanted.Shape, whole))).ToArray();
        var (arranged, leftOut) = LayoutExport.Arrange(
            layout,
            [.. tensors.Select(entry => (entry.Name, DType is { } type ? entry.Tensor.to(type.ToScalarType()) : entry.Tensor))]);
        var metadata = new Dictionary<string, string>(architecture.KeptBy(layout).Metadata) { ["format"] = "pt" };
        AtomicFolder.Create(Path.GetDirectoryName(Path.GetFullPath(Output))!);
        WeightsWriter.Write(Output, Format ?? WeightsWriter.FormatOf(Output), arranged, metadata);
        WriteCompanions(architecture.Companions(layout));
        return new ConvertedCheckpoint(leftOut, weights.Tensors.Origin, architecture.NoteOn(layout));
    }

    /// <summary>The tower of a model, and how its tensors are named in the model.</summary>
    private static (ModelArchitecture Tower, Func<string, string> NameIn) EncoderOf(ModelArchitecture whole, string path) => whole switch
    {
        ClipArchitecture clip => (clip.VisionAlone, name => name),
        LanguageArchitecture { Options.Vision: { } vision }
            => (new ClipArchitecture(vision, null), name => LanguageTensors.Tower + name[ClipTensors.VisionPrefix.Length..]),
        _ => throw new UserErrorException($"{path}: has no vision tower. Leave out --encoder, or name another checkpoint."),
    };

    /// <summary>What is there already stays: it may be what the input was published with.</summary>
    private void WriteCompanions(IReadOnlyList<(string FileName, string Text)> companions)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(Output))!;
        foreach (var (name, text) in companions.Where(companion => !File.Exists(Path.Combine(folder, companion.FileName))))
        {
            AtomicFile.Write(Path.Combine(folder, name), temporary => File.WriteAllText(temporary, text));
        }
    }
}
