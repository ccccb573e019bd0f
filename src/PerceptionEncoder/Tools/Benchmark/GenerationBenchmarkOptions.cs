using PerceptionEncoder.Models.Language;
using PerceptionEncoder.Tensors;

namespace PerceptionEncoder.Tools.Benchmark;

/// <summary>What to measure of a decoder.</summary>
public sealed record GenerationBenchmarkOptions
{
    /// <summary>A name of <see cref="DecoderPresets"/>.</summary>
    public string Preset { get; init; } = "Llama-3.2-1B";

    /// <summary>Any other decoder, in place of the preset's.</summary>
    public DecoderOptions? Decoder { get; init; }

    /// <summary>Rows.</summary>
    public int Batch { get; init; } = 1;

    /// <summary>Tokens of the prompt, and of a training step's rows.</summary>
    public int PromptTokens { get; init; } = 512;

    /// <summary>New tokens measured, after two that are not.</summary>
    public int NewTokens { get; init; } = 32;

    /// <summary>Measure a training step too; of several rows also one of so many dialogues of uneven lengths, packed and padded.</summary>
    public bool Train { get; init; }

    /// <summary>Of weights and cache, and of the products they are compared with.</summary>
    public Precision Precision { get; init; } = Precision.Auto;

    /// <summary>Where the decoder is, and the library behind its float32 products.</summary>
    public ComputeOptions Compute { get; init; } = new() { Device = DeviceKind.Cpu };
}
