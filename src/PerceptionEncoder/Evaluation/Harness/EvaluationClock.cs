using System.Diagnostics;

namespace PerceptionEncoder.Evaluation.Harness;

/// <summary>Where the time of evaluations goes.</summary>
public sealed class EvaluationClock
{
    /// <summary>Whole evaluations, reading and waiting included.</summary>
    public Stopwatch Total { get; } = new();

    /// <summary>The encoder at work on images or texts, until its features are there.</summary>
    public Stopwatch Encoding { get; } = new();

    /// <summary>Figures from features.</summary>
    public Stopwatch Measuring { get; } = new();

    /// <summary>Share of the time in which the encoder worked.</summary>
    public double EncoderShare => Share(Encoding);

    /// <summary>Share of the time that went into figures.</summary>
    public double MetricsShare => Share(Measuring);

    private double Share(Stopwatch part) => Total.ElapsedTicks == 0 ? 0 : part.ElapsedTicks / (double)Total.ElapsedTicks;

    /// <summary>Runs something on one of the watches.</summary>
    internal static void Time(Stopwatch watch, Action work)
    {
        watch.Start();
        try
        {
            work();
        }
        finally
        {
            watch.Stop();
        }
    }

    /// <inheritdoc cref="Time(Stopwatch, Action)"/>
    internal static T Time<T>(Stopwatch watch, Func<T> work)
    {
        var result = default(T)!;
        Time(watch, () => { result = work(); });
        return result;
    }
}
