using static TorchSharp.torch;

namespace PerceptionEncoder.Objectives;

// b pairs of a micro-batch · D clip dimension
/// <summary>Both sides of a micro-batch.</summary>
/// <param name="Image">[b, D] at unit length.</param>
/// <param name="Text">[b, D] at unit length.</param>
internal record EncodedPairs(Tensor Image, Tensor Text);
