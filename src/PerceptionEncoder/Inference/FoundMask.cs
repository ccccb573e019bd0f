namespace PerceptionEncoder.Inference;

/// <summary>A mask of a picture.</summary>
/// <param name="Mask">What it covers.</param>
/// <param name="PredictedIou">The model's own guess at the mask's intersection over union with what is meant.</param>
/// <param name="Stability">How little the mask depends on where logits are cut.</param>
/// <param name="Prompt">What it was asked with.</param>
public sealed record FoundMask(PixelMask Mask, double PredictedIou, double Stability, MaskPrompt Prompt);
