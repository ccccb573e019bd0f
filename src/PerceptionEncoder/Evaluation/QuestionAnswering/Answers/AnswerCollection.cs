using PerceptionEncoder.Distributed;
using PerceptionEncoder.Evaluation.QuestionAnswering.Sets;

namespace PerceptionEncoder.Evaluation.QuestionAnswering.Answers;

/// <summary>
/// Asks a model the questions of a set, block by block, each rank its own block; the rank that writes keeps the answers after every round,
/// so that an interrupted evaluation goes on.
/// </summary>
/// <param name="world">Ranks that share the set.</param>
/// <param name="kept">What the writing rank has; null on the others.</param>
/// <param name="block">Questions asked at once.</param>
internal sealed class AnswerCollection(World world, KeptAnswers? kept, int block)
{
    /// <summary>The answers in the order of the questions, on the rank that writes; none on the others.</summary>
    /// <param name="questions">The same on each rank.</param>
    /// <param name="answer">Answers some; null for one whose picture cannot be read.</param>
    /// <param name="progress">Told how many are answered.</param>
    /// <param name="stop">Of this rank; all stop together, and what was answered in the round is lost.</param>
    /// <exception cref="AgreedStopException">A rank was asked to stop.</exception>
    public IReadOnlyList<string?> Collect(
        IReadOnlyList<VisualQuestion> questions,
        Func<IReadOnlyList<VisualQuestion>, IReadOnlyList<string?>> answer,
        Action<int> progress,
        CancellationToken stop)
    {
        for (var done = world.Gather(kept?.Texts.Count ?? 0)[0]; done < questions.Count; done += block * world.Size)
        {
            VisualQuestion[] mine = [.. questions.Skip(done + (block * world.Rank)).Take(block)];
            string?[] texts = mine.Length > 0 ? [.. answer(mine)] : [];
            world.StopTogether(stop);
            var all = world.Gather(texts);
            kept?.Add([.. all.SelectMany(own => own)]);
            progress(Math.Min(done + (block * world.Size), questions.Count));
        }

        return kept?.Texts ?? [];
    }
}
