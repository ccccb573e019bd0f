using System.CommandLine;
using PerceptionEncoder.Evaluation;
using PerceptionEncoder.Evaluation.Sets;
using PerceptionEncoder.Media.Images;
using PerceptionEncoder.Serialization.Remote;
using PerceptionEncoder.Tensors;

namespace PerceptionEncoder.Cli;

/// <summary>The arguments and options that evaluation commands share.</summary>
/// <param name="sets">Which sets there are.</param>
internal sealed class EvaluationCommandOptions(string sets)
{
    private readonly Argument<string[]> names = new("SET") { Description = sets, Arity = ArgumentArity.OneOrMore };
    private readonly Option<string[]> checkpoints = CommonOptions.Checkpoints();
    private readonly Option<string?> data = new("--data")
    {
        Description = "Folder of all sets, or of the only one; PE_EVAL by default.",
        HelpName = "DIR",
    };
    private readonly Option<string> split = new("--split")
    {
        Description = "Folder of the shards or classes inside a set.",
        HelpName = "NAME",
        DefaultValueFactory = _ => "test",
    };
    private readonly Option<int?> frames = new("--frames")
    {
        Description = "Frames of a clip, spread evenly, for sets of clips; 8 for the published ones.",
        HelpName = "N",
    };
    private readonly Option<bool> isolated = CommonOptions.IsolateDecoder();
    private readonly Option<string?> list = new("--list")
    {
        Description = "The published list of a split of clips: labels or captions.",
        HelpName = "FILE",
    };
    private readonly Option<string[]> captions = new("--captions")
    {
        Description = "Where captions are in shards of clips: txt, json.human_caption, ...",
        HelpName = "PLACE",
        DefaultValueFactory = _ => ["txt", "json.caption"],
        AllowMultipleArgumentsPerToken = true,
    };
    private readonly Option<int?> imageSize = CommonOptions.ImageSize();
    private readonly Option<string?> vocabulary = CommonOptions.Vocabulary();
    private readonly Option<int> batch = new("--batch")
    {
        Description = "Images encoded at once.",
        HelpName = "N",
        DefaultValueFactory = _ => 256,
    };
    private readonly ComputeArguments computing = new();
    private readonly TableFileOptions tables = new();

    public static Option<ImageFit?> Transform()
        => CommonOptions.OptionalChoice<ImageFit>(
            "--transform",
            "Squash the whole image, or crop its centre; both, and the better of them, by default.");

    public void AddTo(Command command, params Option[] own)
    {
        command.Arguments.Add(names);
        Option[] shared =
        [
            checkpoints, data, vocabulary, split, frames, isolated, list, captions, imageSize, batch, .. computing.All,
        ];
        foreach (var option in shared.Concat(own).Concat(tables.All))
        {
            command.Options.Add(option);
        }
    }

    /// <summary>What the user asked for.</summary>
    /// <param name="result">The parsed command.</param>
    /// <param name="options">What is particular to the kind of evaluation.</param>
    public EvaluationRun Plan(ParseResult result, EvaluationSetOptions options) => new()
    {
        Sets = result.GetRequiredValue(names),
        Data = result.GetValue(data),
        Options = options with
        {
            Split = result.GetRequiredValue(split),
            Frames = result.GetValue(frames),
            IsolateDecoder = result.GetValue(isolated),
            List = result.GetValue(list),
            Captions = result.GetRequiredValue(captions),
            Batch = result.GetValue(batch),
        },
        Checkpoints = Array.ConvertAll(result.GetRequiredValue(checkpoints), CommonOptions.Locate),
        ImageSize = result.GetValue(imageSize),
        Vocabulary = result.GetValue(vocabulary),
        Precision = computing.Precision(result),
        Compute = computing.Read(result),
        Cache = RemoteOptions.FromEnvironment().Cache,
    };

    /// <summary>The files for the results.</summary>
    public TableFiles Tables(ParseResult result) => tables.Read(result);
}
