using System.Text.Json;
using PerceptionEncoder.Data.Shards;

namespace PerceptionEncoder.Evaluation.QuestionAnswering;

/// <summary>The first question of a stored dialogue, and its answer.</summary>
/// <param name="Question">Without the tag that stands for the picture.</param>
/// <param name="Answer">The right one.</param>
internal sealed record AskedQuestion(string Question, string Answer)
{
    /// <exception cref="BadSampleException">There is no question with an answer.</exception>
    public static AskedQuestion Of(Sample sample)
    {
        if (!sample.Members.TryGetValue("json", out var json))
        {
            throw new BadSampleException("missing dialogue", $"no .json with conversations among {sample.List()}");
        }

        try
        {
            using var document = JsonDocument.Parse(json);
            var turns = document.RootElement.GetProperty("conversations");
            return new AskedQuestion(
                turns[0].GetProperty("value").GetString()!.Replace("<image>", "", StringComparison.Ordinal).Trim(),
                turns[1].GetProperty("value").GetString()!.Trim());
        }
        catch (Exception problem)
            when (problem is JsonException or KeyNotFoundException or InvalidOperationException or IndexOutOfRangeException)
        {
            throw new BadSampleException("bad dialogue", $"no question and answer in its conversations ({problem.Message})");
        }
    }
}
