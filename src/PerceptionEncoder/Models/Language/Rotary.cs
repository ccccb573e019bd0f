using PerceptionEncoder.Models.Common;
using static TorchSharp.torch;

namespace PerceptionEncoder.Models.Language;

/// <summary>Rotary positions of a sequence: interleaved pairs of channels turn with the position, the first pair fastest.</summary>
/// <remarks>Nothing is learned, so there is no state-dict entry. All in float32, whatever the weights are.</remarks>
internal static class Rotary
{
    /// <summary>exp(i angle) of each position and pair.</summary>
    /// <param name="positions">int64 [B, L].</param>
    /// <param name="options">The decoder.</param>
    /// <returns>[B, L, h / 2] complex64, on the device of <paramref name="positions"/>.</returns>
    public static Tensor Rotations(Tensor positions, DecoderOptions options)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var frequencies = tensor(Frequencies(options)).to(positions.device);
        var angles = positions.to(float32).unsqueeze(-1) * frequencies;
        return polar(ones_like(angles), angles).MoveToOuterDisposeScope();
    }

    /// <summary>Turns the heads of tokens.</summary>
    /// <param name="heads">[B, L, H, h].</param>
    /// <param name="rotations">[B, L, h / 2] complex64.</param>
    /// <returns>[B, L, H, h], the dtype of <paramref name="heads"/>.</returns>
    public static Tensor Turn(Tensor heads, Tensor rotations)
    {
        using var scope = NewDisposeScope();
        return Rope2D.Rotate(heads, rotations.unsqueeze(-2)).MoveToOuterDisposeScope();
    }

    /// <summary>theta^(-2i / h), and slower where the positions are stretched; h / 2 of them.</summary>
    internal static float[] Frequencies(DecoderOptions options)
    {
        var pairs = options.HeadSize / 2;
        var frequencies = new float[pairs];
        for (var pair = 0; pair < pairs; pair++)
        {
            var plain = 1 / MathF.Pow((float)options.RopeTheta, 2f * pair / options.HeadSize);
            frequencies[pair] = options.RopeScaling is { } scaling ? (float)Stretch(plain, scaling) : plain;
        }

        return frequencies;
    }

    private static double Stretch(double frequency, RopeScalingOptions scaling)
    {
        var turns = scaling.OriginalContext * frequency / (2 * Math.PI);         // in the original context
        if (turns > scaling.HighFrequencyFactor)
        {
            return frequency;
        }

        if (turns < scaling.LowFrequencyFactor)
        {
            return frequency / scaling.Factor;
        }

        var kept = (turns - scaling.LowFrequencyFactor) / (scaling.HighFrequencyFactor - scaling.LowFrequencyFactor);
        return ((1 - kept) * frequency / scaling.Factor) + (kept * frequency);
    }
}
