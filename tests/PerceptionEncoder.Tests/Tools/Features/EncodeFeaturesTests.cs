using PerceptionEncoder.Media;
using PerceptionEncoder.Models.Clip;
using PerceptionEncoder.Models.Common;
using PerceptionEncoder.Serialization.Weights;
using PerceptionEncoder.Tensors;
using PerceptionEncoder.Tests.Media.Images;
using PerceptionEncoder.Tools.Features;

namespace PerceptionEncoder.Tests.Tools.Features;

public sealed class EncodeFeaturesTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("pe-encode-").FullName;

    [SkippableFact]
    public void Rows_that_one_library_began_are_gone_on_with_by_the_same_one_alone()
    {
        TorchRuntime.Initialize();
        Skip.If(MatmulBackend.Exact.Count < 2, "this machine has one library to choose from");
        Write();
        using var stop = new CancellationTokenSource();
        Assert.ThrowsAny<OperationCanceledException>(() => Encode(CpuMatmul.Mkl).Run(_ => { }, _ => stop.Cancel(), stop.Token));

        Assert.Contains(
            "options",
            Assert.Throws<UserErrorException>(() => Encode(MatmulBackend.Exact[^1]).Run(_ => { }, null, default)).Message);
        var summary = Encode(CpuMatmul.Mkl).Run(_ => { }, null, default);
        Assert.Equal((4, 1), (summary.Rows, summary.ResumedRows));
        Assert.Equal("fp32 by mkl", summary.Products);
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private EncodeFeatures Encode(CpuMatmul library) => new()
    {
        Kind = MediaKind.Image,
        Inputs = [Path.Combine(folder, "images")],
        Checkpoint = Path.Combine(folder, "weights.safetensors"),
        Output = Path.Combine(folder, "features.npy"),
        Batch = 1,
        Compute = new ComputeOptions { Device = DeviceKind.Cpu, CpuMatmul = library },
    };

    private void Write()
    {
        var options = new ClipOptions
        {
            Vision = new VisionOptions { Width = 24, Layers = 1, Heads = 3, PatchSize = 4, ImageSize = 8, OutputDim = 12 },
            Text = new TextOptions { Width = 16, Layers = 1, Heads = 2, ContextLength = 10, VocabularySize = 40, OutputDim = 12 },
        };
        using var model = new ClipModel(options);
        SafetensorsWriter.Write(
            Path.Combine(folder, "weights.safetensors"),
            [.. model.state_dict().Select(entry => (entry.Key, entry.Value))],
            new Dictionary<string, string> { [ModelArchitecture.MetadataKey] = new ClipArchitecture(options).Write() });
        var images = Directory.CreateDirectory(Path.Combine(folder, "images")).FullName;
        for (byte i = 0; i < 4; i++)
        {
            File.WriteAllBytes(Path.Combine(images, $"{i}.png"), PngBytes.Write(2, 2, 8, 0, [i, 100, 200, i]));
        }
    }
}
