using System.ComponentModel.DataAnnotations;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Tools.VideoEngine.Captioning;

namespace PerceptionEncoder.Tools.VideoEngine.Selection;

/// <summary>What a selection asks a multimodal model about each clip that the rules keep.</summary>
public sealed record ClipQuestionsConfig
{
    private const int HashLetters = 16;

    /// <summary>Who answers.</summary>
    public required CaptionerOptions Captioner { get; init; }

    /// <summary>Frames that it sees, spread evenly from first to last; fewer where the clip has fewer.</summary>
    [Range(1, FrameMembers.Most)]
    public int Frames { get; init; } = 4;

    /// <summary>
    /// Frames are brought to so many pixels on their shorter side, proportions kept; smaller ones, and all by null, stay as they are.
    /// </summary>
    [Range(16, 16384)]
    public int? ShortSide { get; init; } = 448;

    /// <summary>Each is a call of its own.</summary>
    public required IReadOnlyList<ClipQuestion> Questions { get; init; }

    /// <summary>What all calls together may take, those of earlier runs into the same folder included.</summary>
    public BudgetOptions Budget { get; init; } = new();

    /// <summary>Key and problem of each rule that spans several keys and is broken.</summary>
    public IEnumerable<(string Key, string Problem)> Problems()
    {
        if (Questions.Count == 0)
        {
            yield return ("questions", "expected at least one question");
        }

        foreach (var (index, question) in Questions.Index())
        {
            if (Questions.Take(index).Any(other => other.Name == question.Name))
            {
                yield return ($"questions[{index}].name", $"{question.Name} is the name of another question");
            }
        }

        if (Budget.Money is not null && Captioner is not { InputPrice: > 0 } and not { OutputPrice: > 0 })
        {
            yield return ("budget.money", "the captioner has no input_price or output_price, so that money is never spent");
        }
    }

    /// <summary>Of all that decides what is answered: a question with another is asked anew.</summary>
    internal string HashOf(ClipQuestion question) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(
        JsonSerializer.Serialize(new { Captioner = Captioner.Answering(), Frames, ShortSide, question.Ask }))))[..HashLetters];
}
