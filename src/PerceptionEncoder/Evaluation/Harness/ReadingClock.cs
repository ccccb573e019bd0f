using System.Diagnostics;

namespace PerceptionEncoder.Evaluation.Harness;

/// <summary>How long a tower waits for what it reads, which is what reading faster could save.</summary>
internal sealed class ReadingClock
{
    private readonly Stopwatch waiting = new();

    /// <summary>Waited so far.</summary>
    public double Seconds => waiting.Elapsed.TotalSeconds;

    /// <summary>The same items; the time until each is there counts.</summary>
    public IEnumerable<T> Of<T>(IEnumerable<T> items)
    {
        using var each = items.GetEnumerator();
        while (EvaluationClock.Time(waiting, each.MoveNext))
        {
            yield return each.Current;
        }
    }
}
