using PerceptionEncoder.Models.Clip;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tools.Features;

/// <summary>What images are made into by a vision tower and something behind it.</summary>
/// <param name="Name">Tells it from all others.</param>
/// <param name="Width">Numbers of an image.</param>
/// <param name="Of">Tower and normalised pixels [B, 3, H, W] to [B, width].</param>
internal sealed record ImageHead(string Name, int Width, Func<VisionTransformer, Tensor, Tensor> Of);
