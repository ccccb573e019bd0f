using static TorchSharp.torch;

namespace PerceptionEncoder.Losses;

// b pairs of this rank · D clip dimension
/// <summary>A loss over pairs of image and text features with its derivatives, seen from one rank.</summary>
/// <param name="Loss">Scalar, of the pairs of all ranks.</param>
/// <param name="Image">[b, D]: derivative by this rank's image features.</param>
/// <param name="Text">[b, D]: derivative by its text features.</param>
/// <param name="LogitScale">Scalar: its part of the derivative by the factor on the similarities, a sum over ranks.</param>
public sealed record PairLoss(Tensor Loss, Tensor Image, Tensor Text, Tensor LogitScale)
{
    /// <summary>Largest side of a matrix of similarities unless told otherwise: 4,096 a side hold 64 MB.</summary>
    public const int DefaultTile = 4096;
}
