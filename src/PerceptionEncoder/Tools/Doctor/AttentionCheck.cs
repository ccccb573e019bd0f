using PerceptionEncoder.Models.Common;
using PerceptionEncoder.Tensors;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tools.Doctor;

// B batch · N tokens · H heads · h head size
/// <summary>Whether a device has a fused kernel for the attention of models, and it computes attention.</summary>
internal static class AttentionCheck
{
    /// <summary>bfloat16 keeps 8 bits: 4e-3 of each weight and value.</summary>
    private const double Limit = 2e-2;
    private const int Batch = 2;
    private const int Tokens = 197;
    private const int Heads = 4;
    private const int HeadSize = 64;

    /// <summary>In bfloat16, with the kernel that multiplies step by step switched off, against float32 by the book.</summary>
    public static MachineCheck Fused(Device device) => Fused(device, projected =>
    {
        using var fusedOnly = AttentionKernels.FusedOnly();
        return Attention.Fused(projected, rotations: null, causal: false);
    });

    /// <param name="device">Where the tokens are.</param>
    /// <param name="attention">[B, N, 3, H, h] in bfloat16 to [B, N, H * h].</param>
    public static MachineCheck Fused(Device device, Func<Tensor, Tensor> attention) => MachineCheck.AtMost(
        Limit,
        "fused attention in bf16, against float32 step by step",
        "No fused attention kernel serves this device, or it is wrong: features are slow or wrong. Update the driver, or take another "
            + "device.",
        () =>
        {
            Randomness.Seed(device, 5);
            var projected = randn([Batch, Tokens, 3, Heads, HeadSize]).to(device).to(bfloat16);
            var wide = projected.to(float32);
            var values = wide.select(2, 2).transpose(1, 2);                                             // [B, H, N, h]
            var expected = matmul(Attention.Weights(wide, rotations: null, causal: false), values).transpose(1, 2).flatten(2);
            return Closeness.Relative(expected, attention(projected));
        });
}
