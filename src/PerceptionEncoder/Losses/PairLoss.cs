using static TorchSharp.torch;

namespace PerceptionEncoder.Losses;

// B batch · D clip dimension
/// <summary>A loss over pairs of image and text features with its derivatives.</summary>
/// <param name="Loss">Scalar.</param>
/// <param name="Image">[B, D]: derivative by the image features.</param>
/// <param name="Text">[B, D]: derivative by the text features.</param>
/// <param name="LogitScale">Scalar: derivative by the factor on the similarities.</param>
public sealed record PairLoss(Tensor Loss, Tensor Image, Tensor Text, Tensor LogitScale)
{
    /// <summary>Largest side of a matrix of similarities unless told otherwise: 4,096 a side hold 64 MB.</summary>
    public const int DefaultTile = 4096;
}
