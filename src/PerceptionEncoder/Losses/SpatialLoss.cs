using static TorchSharp.torch;

namespace PerceptionEncoder.Losses;

// B images · N tokens · D width
/// <summary>A loss over the student's tokens with its derivative.</summary>
/// <param name="Loss">Scalar, the mean over the images.</param>
/// <param name="Tokens">[B, N, D]: derivative by the student's tokens; float32, or float64 where they are.</param>
internal sealed record SpatialLoss(Tensor Loss, Tensor Tokens)
{
    /// <summary>Largest side of an image's matrix of similarities unless told otherwise: 256 KB of it, which a cache holds.</summary>
    public const int DefaultTile = 256;
}
