using System.ComponentModel.DataAnnotations;

namespace PerceptionEncoder.Evaluation.Probes;

/// <summary>
/// How probes are trained on frozen features. What has several values is chosen on a held-out part of the training images.
/// </summary>
/// <remarks>
/// The paper names the publications that its probes follow [2.5]: <see cref="ProbeProtocol.Published"/>. The fast protocol is ours:
/// neighbours as in DINO [arXiv 2104.14294], the linear probe as in CLIP [arXiv 2103.00020, A.3], few-shot sets as in CoOp [arXiv
/// 2109.01134], and an attention probe that has the tower's own pooling block.
/// </remarks>
public sealed record ProbeOptions
{
    /// <summary>
    /// Which probes; the published ones have their own settings, and take of these only neighbours, temperature, epochs, shots and seed.
    /// </summary>
    public ProbeProtocol Protocol { get; init; } = ProbeProtocol.Fast;

    /// <summary>Neighbours that vote; DINOv2 reports 10, 20, 100 and 200.</summary>
    [Range(1, 100_000)]
    public IReadOnlyList<int> Neighbors { get; init; } = [10, 20, 100, 200];

    /// <summary>A neighbour's vote weighs exp(cosine / temperature). 0.07 in DINO.</summary>
    [Range(1e-3, 1e3)]
    public double Temperature { get; init; } = 0.07;

    /// <summary>
    /// Penalties of the linear probe on standardised features, as weights of half the squared norm beside the mean cross-entropy.
    /// </summary>
    [Range(0, 1e6)]
    public IReadOnlyList<double> L2 { get; init; } = [1, 0.1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6];

    /// <summary>Peak learning rates of the attention probe.</summary>
    [Range(1e-8, 10)]
    public IReadOnlyList<double> LearningRates { get; init; } = [3e-4, 1e-3, 3e-3, 1e-2];

    /// <summary>Passes of the attention probe over the training images; null for 10, and 100 as published.</summary>
    [Range(1, 10_000)]
    public int? Epochs { get; init; }

    /// <summary>Images a step of the attention probe.</summary>
    [Range(1, 1_000_000)]
    public int Batch { get; init; } = 256;

    /// <summary>Of the attention probe's matrices.</summary>
    [Range(0, 10)]
    public double WeightDecay { get; init; } = 0.05;

    /// <summary>Share of each class's training images that is held out; the chosen probe is trained again on all of them.</summary>
    [Range(0.01, 0.5)]
    public double HeldOut { get; init; } = 0.1;

    /// <summary>
    /// Training images of each class, drawn at random; null for all. Up to four more of each class are then held out, as in CoOp.
    /// </summary>
    [Range(1, 1_000_000)]
    public int? Shots { get; init; }

    /// <summary>Of all that is drawn: shots, the held-out part, first weights, order of images.</summary>
    public ulong Seed { get; init; } = 17;
}
