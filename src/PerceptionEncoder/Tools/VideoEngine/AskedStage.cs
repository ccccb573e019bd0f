using PerceptionEncoder.Tools.VideoEngine.Captioning;
using PerceptionEncoder.Tools.VideoEngine.Prompts;
using PerceptionEncoder.Tools.VideoEngine.State;

namespace PerceptionEncoder.Tools.VideoEngine;

/// <summary>A stage that asks, and whom. Safe to share between threads.</summary>
/// <param name="stage">The stage.</param>
/// <param name="captioner">Who answers.</param>
/// <param name="options">What that costs.</param>
/// <param name="prompt">What is asked.</param>
internal sealed class AskedStage(EngineStage stage, ICaptioner captioner, CaptionerOptions options, PromptFile prompt)
{
    /// <summary>The stage.</summary>
    public EngineStage Stage { get; } = stage;

    /// <summary>Who answers.</summary>
    public ICaptioner Captioner => captioner;

    /// <summary>What is asked.</summary>
    public PromptFile Prompt => prompt;

    /// <summary>Its key in the config.</summary>
    public string Place => PlaceOf(Stage);

    /// <summary>Whether training reads its answers, which then must fit the text tower.</summary>
    public bool IsFinal => Stage == EngineStage.Summary;

    /// <summary>Its calls in a row that got no answer.</summary>
    public FailureStreak Failures { get; } = new(PlaceOf(stage));

    /// <summary>Key of a stage's captioner in the config.</summary>
    public static string PlaceOf(EngineStage stage) => $"captioners.{StageRecords.Name(stage)}";

    /// <summary>Money that an answer cost.</summary>
    public double Cost(CaptionAnswer answer) => options.Cost(answer.InputTokens, answer.OutputTokens);
}
