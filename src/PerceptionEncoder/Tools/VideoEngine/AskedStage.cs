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
    private const int MostFailuresInARow = 8;

    private int failuresInARow;

    /// <summary>The stage.</summary>
    public EngineStage Stage => stage;

    /// <summary>Who answers.</summary>
    public ICaptioner Captioner => captioner;

    /// <summary>What is asked.</summary>
    public PromptFile Prompt => prompt;

    /// <summary>Its key in the config.</summary>
    public string Place => PlaceOf(stage);

    /// <summary>Whether training reads its answers, which then must fit the text tower.</summary>
    public bool IsFinal => stage == EngineStage.Summary;

    /// <summary>Key of a stage's captioner in the config.</summary>
    public static string PlaceOf(EngineStage stage) => $"captioners.{StageRecords.Name(stage)}";

    /// <summary>Money that an answer cost.</summary>
    public double Cost(CaptionAnswer answer) => options.Cost(answer.InputTokens, answer.OutputTokens);

    /// <summary>Notes an answer: the captioner is there.</summary>
    public void Succeed() => Volatile.Write(ref failuresInARow, 0);

    /// <summary>Notes a failure; where many came in a row, why it is no use to go on. A refusal of one question is an answer.</summary>
    public UserErrorException? Fail(CaptionFailureException failure)
    {
        if (!failure.MayPass)
        {
            Succeed();
            return null;
        }

        return Interlocked.Increment(ref failuresInARow) < MostFailuresInARow ? null : new UserErrorException(
            $"{Place}: {MostFailuresInARow} calls in a row got no answer, the last for: {failure.Message.TrimEnd('.')}. "
            + "Mend that, and run again: what is finished stays.");
    }
}
