using PerceptionEncoder.Media;
using PerceptionEncoder.Models.Clip;
using PerceptionEncoder.Models.Common;
using PerceptionEncoder.Serialization.Weights;
using PerceptionEncoder.Tensors;
using PerceptionEncoder.Tests.Media.Images;
using PerceptionEncoder.Tools.Features;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tests.Tools.Answers;

/// <summary>A folder with untrained weights of a small model and some one-coloured pictures.</summary>
internal sealed class SmallModel : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("pe-answers-").FullName;

    public SmallModel(int pictures = 12)
    {
        TorchRuntime.Initialize();
        Write("weights.safetensors", seed: 1);
        Directory.CreateDirectory(At("images"));
        for (byte i = 0; i < pictures; i++)
        {
            byte[] color = [(byte)(i * 20), (byte)(255 - (i * 20)), (byte)(i * 7 % 256)];
            File.WriteAllBytes(At($"images/{i:00}.png"), PngBytes.Write(2, 2, 8, 2, [.. color, .. color, .. color, .. color]));
        }
    }

    /// <summary>Lines that were said.</summary>
    public List<string> Said { get; } = [];

    public string Weights => At("weights.safetensors");

    public string At(string name) => Path.Combine(folder, name);

    public void Write(string name, int seed)
    {
        var options = new ClipOptions
        {
            Vision = new VisionOptions { Width = 24, Layers = 2, Heads = 3, PatchSize = 4, ImageSize = 8, OutputDim = 12 },
            Text = new TextOptions { Width = 16, Layers = 1, Heads = 2, ContextLength = 10, VocabularySize = 40, OutputDim = 12 },
        };
        manual_seed(seed);
        using var model = new ClipModel(options);
        SafetensorsWriter.Write(
            At(name),
            [.. model.state_dict().Select(entry => (entry.Key, entry.Value))],
            new Dictionary<string, string> { [ModelArchitecture.MetadataKey] = new ClipArchitecture(options).Write() });
    }

    /// <summary>The pictures, or other inputs, encoded into a file of this folder.</summary>
    public FeatureSource Source(string? kept = "kept.safetensors", params string[] inputs) => new()
    {
        Inputs = inputs.Length > 0 ? inputs : [At("images")],
        Kept = kept is null ? null : At(kept),
        Encode = Encode("unused.npy"),
    };

    public EncodeFeatures Encode(string output) => new()
    {
        Kind = MediaKind.Image,
        Inputs = [At("images")],
        Checkpoint = Weights,
        Output = At(output),
        Compute = new ComputeOptions { Device = DeviceKind.Cpu, CpuMatmul = CpuMatmul.Mkl },
    };

    public void Dispose() => Directory.Delete(folder, recursive: true);
}
