using System.Diagnostics;
using System.Text.Json.Serialization;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tools.Doctor;

/// <summary>One thing that a machine computes right or wrong.</summary>
/// <param name="Name">What was computed.</param>
/// <param name="Figure">What came out; NaN where it could not be computed.</param>
/// <param name="Limit">What the figure is held against.</param>
/// <param name="Passed">The figure keeps to the limit.</param>
/// <param name="Advice">What is wrong and what to do about it, one line; null where nothing is.</param>
public sealed record MachineCheck(string Name, double Figure, double Limit, bool Passed, string? Advice)
{
    /// <summary>The limit is the least that the figure may be, not the most.</summary>
    [JsonPropertyName("at_least")]
    public bool IsLeast { get; init; }

    /// <summary>Why nothing is computed that way on this machine, so that the figure cannot fail; null where something is.</summary>
    public string? NotUsed { get; init; }

    /// <summary>How long it took.</summary>
    public double Seconds { get; init; }

    /// <summary>A figure that is an error: 0 is perfect.</summary>
    internal static MachineCheck AtMost(double limit, string name, string advice, Func<double> measure)
        => Measure(name, limit, isLeast: false, advice, measure);

    /// <summary>A figure that shall be large.</summary>
    internal static MachineCheck AtLeast(double limit, string name, string advice, Func<double> measure)
        => Measure(name, limit, isLeast: true, advice, measure);

    /// <summary>A figure to know of, of what is not used here.</summary>
    internal static MachineCheck Unused(string reason, double limit, string name, Func<double> measure)
        => AtMost(limit, name, "", measure) with { Passed = true, Advice = null, NotUsed = reason };

    /// <summary>
    /// Whatever goes wrong in a check, an error of the device's driver included, is what the check has found: the others still run.
    /// </summary>
    private static MachineCheck Measure(string name, double limit, bool isLeast, string advice, Func<double> measure)
    {
        var clock = Stopwatch.StartNew();
        var (figure, failure) = (double.NaN, "");
        try
        {
            using var scope = NewDisposeScope();
            figure = measure();
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            failure = $"{VisibleText.Line(error.GetBaseException().Message.Split('\n')[0])} ";
        }

        var passed = isLeast ? figure >= limit : figure <= limit;
        return new MachineCheck(name, figure, limit, passed, passed ? null : failure + advice)
        {
            IsLeast = isLeast,
            Seconds = clock.Elapsed.TotalSeconds,
        };
    }
}
