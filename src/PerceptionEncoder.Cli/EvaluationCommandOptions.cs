using System.CommandLine;
using PerceptionEncoder.Data;
using PerceptionEncoder.Evaluation;
using PerceptionEncoder.Evaluation.Video;
using PerceptionEncoder.Tensors;
using PerceptionEncoder.Training;

namespace PerceptionEncoder.Cli;

/// <summary>What a user asked of an evaluation command.</summary>
internal sealed record EvaluationRequest(EvaluationSetOptions Set, string Checkpoint, int? ImageSize, string? Vocabulary, ComputeOptions Compute, Precision Precision, string? Json);

/// <summary>The arguments and options that every evaluation command has.</summary>
internal sealed class EvaluationCommandOptions(EvaluationType type)
{
    private readonly Argument<string> dataset = new("DATASET") { Description = "Name of the set, for the result." };
    private readonly Option<string> checkpoint = CommonOptions.Checkpoint();
    private readonly Option<string> data = CommonOptions.Data();
    private readonly Option<string> split = new("--split") { Description = "Folder of the shards inside the data set.", HelpName = "NAME", DefaultValueFactory = _ => "test" };
    private readonly Option<int?> frames = new("--frames") { Description = $"Frames of a clip, spread evenly, for a set of clips; {VideoEvaluators.DefaultFrames} for the published ones.", HelpName = "N" };
    private readonly Option<string?> list = new("--list") { Description = "The published list of a split of clips: labels or captions.", HelpName = "FILE" };
    private readonly Option<string[]> captions = new("--captions") { Description = "Where captions are in shards of clips: txt, json.human_caption, ...", HelpName = "PLACE", DefaultValueFactory = _ => ["txt", "json.caption"], AllowMultipleArgumentsPerToken = true };
    private readonly Option<ImageFit> transform = CommonOptions.Choice("--transform", "Squash the whole image, or crop its centre.", ImageFit.Squash);
    private readonly Option<int?> imageSize = CommonOptions.ImageSize();
    private readonly Option<string?> vocabulary = CommonOptions.Vocabulary();
    private readonly Option<int> batch = new("--batch") { Description = "Images encoded at once.", HelpName = "N", DefaultValueFactory = _ => 256 };
    private readonly Option<DeviceKind> device = CommonOptions.Choice("--device", "Where the model runs.", DeviceKind.Auto);
    private readonly Option<Precision> precision = CommonOptions.Choice("--precision", "Arithmetic of matrix products.", Precision.Fp32);
    private readonly Option<string?> json = CommonOptions.Json();

    public void AddTo(Command command)
    {
        command.Arguments.Add(dataset);
        foreach (var option in new Option[] { checkpoint, data, vocabulary, split, frames, list, captions, transform, imageSize, batch, device, precision, json })
        {
            command.Options.Add(option);
        }
    }

    public EvaluationRequest Read(ParseResult result) => new(
        new EvaluationSetOptions
        {
            Type = type,
            Name = result.GetRequiredValue(dataset),
            Data = result.GetRequiredValue(data),
            Split = result.GetRequiredValue(split),
            Frames = result.GetValue(frames) ?? (VideoEvaluators.IsVideoSet(result.GetRequiredValue(dataset)) ? VideoEvaluators.DefaultFrames : null),
            List = result.GetValue(list),
            Captions = result.GetRequiredValue(captions),
            Transform = result.GetValue(transform),
            Batch = result.GetValue(batch),
        },
        CommonOptions.Locate(result.GetRequiredValue(checkpoint)),
        result.GetValue(imageSize),
        result.GetValue(vocabulary),
        new ComputeOptions { Device = result.GetValue(device) },
        result.GetValue(precision),
        result.GetValue(json));
}
