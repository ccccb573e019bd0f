using PerceptionEncoder.Models.Clip;
using PerceptionEncoder.Serialization.Weights;
using PerceptionEncoder.Tensors;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tools.Checkpoints;

/// <summary>Untrained checkpoints: what training would start from, and a stand-in where only shape and speed matter.</summary>
public static class CheckpointCreation
{
    /// <summary>Writes fresh weights of a published architecture, float32, under Meta's names.</summary>
    /// <param name="preset">Published name.</param>
    /// <param name="seed">Of the weights.</param>
    /// <param name="output">The file to write.</param>
    /// <exception cref="UserErrorException">There is no such preset, or the file cannot be written.</exception>
    public static void Write(string preset, long seed, string output)
    {
        var architecture = ModelPresets.Find(preset);
        TorchRuntime.Initialize();
        using var scope = NewDisposeScope();
        Randomness.Seed(CPU, seed);
        using var model = architecture.Build();
        WeightsWriter.Write(
            output,
            WeightsWriter.FormatOf(output),
            [.. model.state_dict().Select(entry => (entry.Key, entry.Value.detach()))],
            new Dictionary<string, string>(architecture.Metadata) { ["format"] = "pt" });
    }
}
