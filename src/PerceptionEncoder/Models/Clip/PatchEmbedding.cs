using PerceptionEncoder.Models.Common;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace PerceptionEncoder.Models.Clip;

/// <summary>
/// Cuts an image into square patches and projects each. It is the convolution whose stride is its kernel, written as the matrix product it
/// is: that gives tokens in the layout the blocks want and runs at the speed of the machine's best matmul.
/// </summary>
internal sealed class PatchEmbedding : nn.Module<Tensor, Tensor>
{
    private const int Channels = 3;

    private readonly int patch;

    [ComponentName(Name = "weight")]
    private readonly Parameter weight;

    public PatchEmbedding(int width, int patchSize)
        : base(nameof(PatchEmbedding))
    {
        patch = patchSize;
        weight = Initialization.Uniform(Math.Pow(Channels * patch * patch, -0.5), width, Channels, patch, patch);
        RegisterComponents();
    }

    // B batch · gh, gw rows and columns of patches · p patch side · D width

    /// <param name="images">[B, 3, H, W]; rows and columns beyond whole patches are left out.</param>
    /// <returns>[B, gh * gw, D].</returns>
    public override Tensor forward(Tensor images)
    {
        using var scope = NewDisposeScope();
        var (batch, gridHeight, gridWidth) = (images.shape[0], images.shape[2] / patch, images.shape[3] / patch);
        var patches = images.narrow(2, 0, gridHeight * patch).narrow(3, 0, gridWidth * patch)
            .reshape(batch, Channels, gridHeight, patch, gridWidth, patch)
            .permute(0, 2, 4, 1, 3, 5)                          // [B, gh, gw, 3, p, p]
            .reshape(batch, gridHeight * gridWidth, Channels * patch * patch);
        return functional.linear(patches, weight.flatten(1)).MoveToOuterDisposeScope();
    }
}
