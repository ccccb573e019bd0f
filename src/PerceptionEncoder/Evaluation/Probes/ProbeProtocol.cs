namespace PerceptionEncoder.Evaluation.Probes;

/// <summary>How probes are trained and chosen.</summary>
public enum ProbeProtocol
{
    /// <summary>Ours: minutes, hyper-parameters chosen on a held-out part of the training images.</summary>
    Fast,

    /// <summary>
    /// Those that the paper names [2.5]: nearest neighbours after DINOv2, linear after InternVL, attention after AIMv2. As there, what is
    /// swept is chosen on the test part.
    /// </summary>
    Published,
}
