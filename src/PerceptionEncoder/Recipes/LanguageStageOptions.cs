using System.ComponentModel.DataAnnotations;
using PerceptionEncoder.Data.Dialogues;
using PerceptionEncoder.Training;

namespace PerceptionEncoder.Recipes;

/// <summary>One stage of language alignment: the projector's warm-up, or the alignment of all parts [4.1, B.2].</summary>
public sealed record LanguageStageOptions : StageOptions
{
    /// <summary>Peak learning rate of each part.</summary>
    public required PartRates Rates { get; init; }

    /// <summary>Steps of this stage in which the rate rises. 20 in PLM's warm-up, 120 in its alignment.</summary>
    [Range(0, int.MaxValue)]
    public int WarmupSteps { get; init; }

    /// <summary>How a dialogue becomes tokens; the warm-up leaves the question out.</summary>
    public ChatFormatKind Format { get; init; } = ChatFormatKind.Sft;

    /// <summary>So many patches a side become one visual token: 1 in PLM's warm-up, 2 in its alignment.</summary>
    [Range(1, 64)]
    public int PoolingRatio { get; init; } = 1;

    /// <summary>Most tiles of a picture; from 2 on a thumbnail comes before them. 1 squeezes the picture into one.</summary>
    [Range(1, 1024)]
    public int Tiles { get; init; } = 1;

    /// <summary>Most frames of a clip, or pictures of a dialogue. 16 in PLM.</summary>
    [Range(1, 1024)]
    public int Frames { get; init; } = 1;

    /// <summary>Tokens of a dialogue at most, visual ones among them.</summary>
    [Range(2, 1 << 20)]
    public required int Context { get; init; }

    /// <summary>Tokens of a row that short dialogues are packed into; null for <see cref="Context"/>, 0 for no packing.</summary>
    [Range(0, 1 << 20)]
    public int? PackTo { get; init; }

    /// <summary>Pictures of a dialogue at most, tiles and frames counted one by one.</summary>
    internal int Chunks => Math.Max(Tiles > 1 ? Tiles + 1 : 1, Frames);

    /// <summary>Tokens of a row; 0 for a row for each dialogue.</summary>
    internal int RowLength => PackTo ?? Context;

    /// <inheritdoc/>
    internal override StageSchedule? Schedule => new(Rates.Peak, WarmupSteps);

    /// <inheritdoc/>
    public override IEnumerable<(string Key, string Problem)> Problems()
    {
        foreach (var problem in base.Problems())
        {
            yield return problem;
        }

        if (Rates.Peak == 0)
        {
            yield return ("rates", "are all 0: name a rate for at least one of encoder, projector and decoder");
        }

        if (CooldownRate is not null)
        {
            yield return ("cooldown_rate", "is of pretraining: a stage of alignment has a schedule of its own");
        }
    }
}
