using System.CommandLine;
using PerceptionEncoder.Inference;
using PerceptionEncoder.Tools.Conversation;

namespace PerceptionEncoder.Cli;

/// <summary>Which language model answers, and how: the same options for all commands that talk to one.</summary>
internal sealed class ConversationArguments
{
    private readonly Option<string> checkpoint = CommonOptions.Checkpoint();
    private readonly Option<string?> tokenizer = new("--tokenizer")
    {
        Description = "The decoder's tokenizer, where it is not beside the weights: a tokenizer.json, tokenizer.model or folder.",
        HelpName = "PATH",
    };

    private readonly Option<int?> imageSize = CommonOptions.ImageSize();
    private readonly Option<int> tiles = Whole("--tiles", "Tiles of a picture at most, with a thumbnail before them; 1 for one square.", 1);
    private readonly Option<int> frames = Whole("--frames", "Frames of a clip at most, one a second.", 16);
    private readonly Option<string?> system = new("--system")
    {
        Description = "Sentence before the dialogue; the published one by default, empty for none.",
        HelpName = "TEXT",
    };

    private readonly Option<int> maxTokens = Whole("--max-tokens", "Tokens of the longest answer.", 256);
    private readonly Option<double> temperature = new("--temperature")
    {
        Description = "0 gives the likeliest answer, always the same; above, answers are drawn.",
        HelpName = "X",
    };

    private readonly Option<double?> topP = new("--top-p")
    {
        Description = "Draw among the likeliest tokens of this mass.",
        HelpName = "X",
    };

    private readonly Option<int?> topK = new("--top-k") { Description = "Draw among so many of the likeliest tokens.", HelpName = "N" };
    private readonly Option<int> beams = Whole("--beams", "Answers followed side by side.", 1);
    private readonly Option<double> penalty = new("--repetition-penalty")
    {
        Description = "Makes tokens that are there already less likely; 1 for not at all.",
        HelpName = "X",
        DefaultValueFactory = _ => 1,
    };

    private readonly Option<string[]> stop = new("--stop") { Description = "Texts before which an answer ends.", HelpName = "TEXT" };
    private readonly Option<int> seed = Whole("--seed", "Of drawn answers.", 0);
    private readonly ComputeArguments computing = new();

    /// <summary>Adds them to a command.</summary>
    public void AddTo(Command command)
    {
        foreach (var option in (Option[])
            [checkpoint, tokenizer, imageSize, tiles, frames, system, maxTokens, temperature, topP, topK, beams, penalty, stop, seed])
        {
            command.Add(option);
        }

        computing.AddTo(command);
    }

    /// <summary>Opens the model that was asked for.</summary>
    public VisualConversation Open(ParseResult result) => VisualConversation.Open(
        new ConversationOptions
        {
            Checkpoint = CommonOptions.Locate(result.GetRequiredValue(checkpoint)),
            Tokenizer = result.GetValue(tokenizer),
            ImageSize = result.GetValue(imageSize),
            Tiles = result.GetValue(tiles),
            Frames = result.GetValue(frames),
            System = result.GetValue(system),
            Generation = new GenerationOptions
            {
                MaxNewTokens = result.GetValue(maxTokens),
                Temperature = result.GetValue(temperature),
                TopP = result.GetValue(topP),
                TopK = result.GetValue(topK),
                Beams = result.GetValue(beams),
                RepetitionPenalty = result.GetValue(penalty),
                StopSequences = result.GetValue(stop) ?? [],
                Seed = result.GetValue(seed),
            },
            Precision = computing.Precision(result),
            Compute = computing.Read(result),
        },
        Console.Error.WriteLine);

    private static Option<int> Whole(string name, string description, int preset)
        => new(name) { Description = description, HelpName = "N", DefaultValueFactory = _ => preset };
}
