using static TorchSharp.torch;

namespace PerceptionEncoder.Models.Segmentation;

// N = h * w tokens · D width
/// <summary>A picture as the mask decoder takes it, for any number of prompts.</summary>
public sealed class EncodedPicture : IDisposable
{
    internal EncodedPicture(Tensor tokens, Tensor full, Tensor half, Tensor positions)
        => (Tokens, Full, Half, Positions) = (tokens, full, half, positions);

    /// <summary>Width in pixels of the picture that points are counted in and masks are wanted for.</summary>
    public required int Width { get; init; }

    /// <summary>Height of the same.</summary>
    public required int Height { get; init; }

    /// <summary>[1, N, D], row by row.</summary>
    public Tensor Tokens { get; }

    /// <summary>Details at four times the side.</summary>
    internal Tensor Full { get; }

    /// <summary>Details at twice the side.</summary>
    internal Tensor Half { get; }

    /// <summary>Where the tokens are, [N, D].</summary>
    internal Tensor Positions { get; }

    /// <summary>Frees the tensors.</summary>
    public void Dispose()
    {
        Tokens.Dispose();
        Full.Dispose();
        Half.Dispose();
        Positions.Dispose();
    }

    /// <summary>Hands the tensors to the dispose scope around this one.</summary>
    internal EncodedPicture MoveToOuterDisposeScope()
    {
        Tokens.MoveToOuterDisposeScope();
        Full.MoveToOuterDisposeScope();
        Half.MoveToOuterDisposeScope();
        Positions.MoveToOuterDisposeScope();
        return this;
    }
}
