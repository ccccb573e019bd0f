using PerceptionEncoder.Losses;
using PerceptionEncoder.Tensors;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace PerceptionEncoder.Tools.Doctor;

/// <summary>Whether the contrastive loss in tiles is that of the whole matrix.</summary>
internal static class LossCheck
{
    private const double Limit = 1e-5;
    private const int Batch = 96;
    private const int Dimension = 32;
    private const int Side = 40;
    private const float Scale = 20;

    /// <summary>Loss, and derivatives by both sides and the scale, against autograd's.</summary>
    public static MachineCheck Tiled(Device device)
        => Tiled(device, (image, text, scale) => TiledContrastiveLoss.Of(image, text, scale, Side));

    /// <param name="device">Where the features are.</param>
    /// <param name="loss">Of [B, D], [B, D] and the scale.</param>
    public static MachineCheck Tiled(Device device, Func<Tensor, Tensor, Tensor, PairLoss> loss) => MachineCheck.AtMost(
        Limit,
        "contrastive loss and gradients in tiles, against one matrix",
        "The tiled loss is wrong on this device; report it.",
        () =>
        {
            Randomness.Seed(device, 3);
            var image = Features(device).requires_grad_();
            var text = Features(device).requires_grad_();
            var scale = tensor(Scale, device: device).requires_grad_();
            var dense = ContrastiveLoss.Symmetric(image, text, scale);
            dense.backward();
            var tiled = loss(image.detach(), text.detach(), scale.detach());
            (Tensor Expected, Tensor Actual)[] results =
            [
                (dense, tiled.Loss), (image.grad!, tiled.Image), (text.grad!, tiled.Text), (scale.grad!, tiled.LogitScale),
            ];
            return results.Max(pair => Closeness.Relative(pair.Expected, pair.Actual));
        });

    private static Tensor Features(Device device) => functional.normalize(randn(Batch, Dimension).to(device), dim: -1).detach();
}
