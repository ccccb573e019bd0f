using System.ComponentModel.DataAnnotations;
using System.Globalization;

namespace PerceptionEncoder.Distributed;

/// <summary>How the ranks of a run find each other and what they share; of no effect on one process.</summary>
public sealed record DistributedOptions
{
    internal const string DurationPattern = "[1-9][0-9]{0,5}(s|m|h)";
    internal const string DurationProblem = "must be a time such as 30s, 10m or 1h";

    /// <summary>The engine; <c>auto</c> goes by the launcher.</summary>
    public CollectiveBackend Backend { get; init; } = CollectiveBackend.Auto;

    /// <summary>A rank that has died or does not answer for so long ends the job: <c>30s</c>, <c>10m</c>, <c>1h</c>.</summary>
    [RegularExpression(DurationPattern, ErrorMessage = DurationProblem)]
    public string Timeout { get; init; } = "10m";

    /// <summary>
    /// Each rank keeps the optimiser's state of its own part of the tensors, updates those and sends them to the others (ZeRO-1): less
    /// memory a rank, by nearly the state times (1 - 1/ranks).
    /// </summary>
    public bool ShardOptimizer { get; init; }

    /// <summary>Gradients are summed in buckets of about so many bytes, each while the backward pass goes on to the next. 25 MiB.</summary>
    [Range(1, 1L << 32)]
    public long BucketBytes { get; init; } = 25L << 20;

    /// <summary>What gradients travel as: <c>fp32</c> or <c>bf16</c>.</summary>
    public ReduceDtype ReduceDtype { get; init; } = ReduceDtype.Fp32;

    /// <summary>
    /// Each rank computes both directions of the contrastive loss for its own pairs, so that no gradient of gathered features travels: the
    /// same loss and gradients for one and a half times its matrix products.
    /// </summary>
    public bool LocalLoss { get; init; }

    /// <summary>What <see cref="Timeout"/> says.</summary>
    /// <exception cref="UserErrorException">It says no time.</exception>
    internal TimeSpan Patience()
        => Timeout is { Length: > 1 } && double.TryParse(Timeout[..^1], NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? Timeout[^1] switch
            {
                's' => TimeSpan.FromSeconds(number),
                'm' => TimeSpan.FromMinutes(number),
                'h' => TimeSpan.FromHours(number),
                _ => throw NoTime(),
            }
            : throw NoTime();

    private UserErrorException NoTime() => new($"distributed.timeout: {Timeout} {DurationProblem}.");
}
