namespace PerceptionEncoder.Evaluation.QuestionAnswering.Captions;

/// <summary>The runs of one to four words of a caption, with how often each is there.</summary>
internal sealed class NGrams
{
    /// <summary>Words of the longest.</summary>
    public const int Longest = 4;

    private readonly Dictionary<string, int>[] counts = [.. Enumerable.Range(0, Longest).Select(_ => new Dictionary<string, int>())];

    /// <param name="words">Of the caption, in order.</param>
    public NGrams(string[] words)
    {
        Length = words.Length;
        for (var order = 0; order < Longest; order++)
        {
            for (var start = 0; start + order < words.Length; start++)
            {
                var run = string.Join(' ', words, start, order + 1);
                counts[order][run] = counts[order].GetValueOrDefault(run) + 1;
            }
        }
    }

    /// <summary>Words of the caption.</summary>
    public int Length { get; }

    /// <summary>Those of so many words and one.</summary>
    public IReadOnlyDictionary<string, int> this[int order] => counts[order];

    /// <summary>All of them.</summary>
    public IEnumerable<string> All => counts.SelectMany(runs => runs.Keys);
}
