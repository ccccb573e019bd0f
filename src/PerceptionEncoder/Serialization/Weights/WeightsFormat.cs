namespace PerceptionEncoder.Serialization.Weights;

/// <summary>File formats that weights can be written in.</summary>
public enum WeightsFormat
{
    /// <summary>safetensors.</summary>
    Safetensors,

    /// <summary>PyTorch's zip archive, as torch.save writes it.</summary>
    Pt,
}
