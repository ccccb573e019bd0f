using System.ComponentModel.DataAnnotations;
using PerceptionEncoder.Tensors;
using PerceptionEncoder.Tools.VideoEngine.Captioning;
using PerceptionEncoder.Tools.VideoEngine.Clips;
using PerceptionEncoder.Tools.VideoEngine.Output;
using PerceptionEncoder.Tools.VideoEngine.Prompts;
using PerceptionEncoder.Tools.VideoEngine.State;

namespace PerceptionEncoder.Tools.VideoEngine;

/// <summary>
/// The video data engine [2.2, App. A.1]: clips in; frames and clips described, all of it blended with the metadata into one caption a
/// clip; shards to finetune on out.
/// </summary>
public sealed record VideoEngineConfig
{
    /// <summary>Name and place.</summary>
    public required EngineRunOptions Run { get; init; }

    /// <summary>Clips to caption.</summary>
    public required ClipSourceOptions Clips { get; init; }

    /// <summary>Frames that captioners see.</summary>
    public FrameOptions Frames { get; init; } = new();

    /// <summary>Who describes and sums up.</summary>
    public CaptionersOptions Captioners { get; init; } = new();

    /// <summary>Folder of <c>frame.txt</c>, <c>clip.txt</c> and <c>summary.txt</c>, relative to the working directory.</summary>
    public string Prompts { get; init; } = "configs/video-engine/prompts";

    /// <summary>Which answers are taken.</summary>
    public AnswerOptions Answers { get; init; } = new();

    /// <summary>Clips that are worked on at the same time: as many are in memory.</summary>
    [Range(1, 4096)]
    public int ClipsAtOnce { get; init; } = 8;

    /// <summary>What all calls together may take.</summary>
    public BudgetOptions Budget { get; init; } = new();

    /// <summary>The shards that are written.</summary>
    public ShardOutputOptions Shards { get; init; } = new();

    /// <summary>Decode clips in child processes only: for files from strangers.</summary>
    public bool IsolateDecoder { get; init; }

    /// <summary>Arithmetic of models in this process.</summary>
    public Precision Precision { get; init; } = Precision.Auto;

    /// <summary>Where models in this process are.</summary>
    public ComputeOptions Compute { get; init; } = new();

    /// <summary>The run's folder.</summary>
    internal string Folder => Path.GetFullPath(Path.Combine(Run.Output, Run.Name));

    /// <summary>Whether a model is opened in this process.</summary>
    public bool HasOwnModel()
        => new[] { Captioners.Frames, Captioners.Clip, Captioners.Summary }.Any(captioner => captioner?.Type == CaptionerType.Plm);

    /// <summary>Key and problem of each rule that spans several keys and is broken.</summary>
    public IEnumerable<(string Key, string Problem)> Problems()
    {
        CaptionerOptions?[] captioners = [Captioners.Frames, Captioners.Clip, Captioners.Summary];
        if (Budget.Money is not null && captioners.All(captioner => captioner is not { InputPrice: > 0 } and not { OutputPrice: > 0 }))
        {
            yield return ("budget.money", "no captioner has an input_price or output_price, so that money is never spent");
        }
    }

    /// <summary>Who answers in a stage; null where it is off or asks nothing.</summary>
    internal CaptionerOptions? Asked(EngineStage stage) => stage switch
    {
        EngineStage.Frames => Captioners.Frames,
        EngineStage.Clip => Captioners.Clip,
        EngineStage.Summary => Captioners.Summary,
        _ => null,
    };

    /// <summary>
    /// The same with defaults for all that does not decide what a stage makes: two that are equal here may go on from each other's state.
    /// </summary>
    /// <param name="stage">The stage.</param>
    /// <param name="prompt">What it asks; null where it asks nothing.</param>
    internal VideoEngineConfig Deciding(EngineStage stage, PromptFile? prompt)
    {
        var same = new VideoEngineConfig
        {
            Run = new EngineRunOptions { Name = "any" },
            Clips = new ClipSourceOptions { Path = "any" },
            Answers = Answers,
        };
        if (stage is EngineStage.Frames or EngineStage.Clip)
        {
            // What such a question does not say changes no answer.
            var any = new AnswerOptions();
            same = same with
            {
                Answers = Answers with { Context = prompt?.AsksForWords == true ? Answers.Context : any.Context, Vocabulary = null },
                Clips = prompt?.TellsData == true ? Clips with { Path = "any", Root = null } : same.Clips,
            };
        }

        return stage switch
        {
            EngineStage.Frames => same with
            {
                Frames = new FrameOptions { Count = Frames.Count, ShortSide = Frames.ShortSide },
                Captioners = new CaptionersOptions { Frames = Captioners.Frames?.Answering() },
            },
            EngineStage.Clip => same with
            {
                Frames = new FrameOptions { OfClip = Frames.OfClip, ShortSide = Frames.ShortSide },
                Captioners = new CaptionersOptions { Clip = Captioners.Clip?.Answering() },
            },
            _ => same with
            {
                Clips = Clips with { Path = "any", Root = null },
                Frames = Frames,
                Captioners = new CaptionersOptions
                {
                    Frames = Captioners.Frames?.Answering(),
                    Clip = Captioners.Clip?.Answering(),
                    Summary = Captioners.Summary?.Answering(),
                },
                Shards = stage == EngineStage.Write ? Shards : new ShardOutputOptions(),
            },
        };
    }
}
