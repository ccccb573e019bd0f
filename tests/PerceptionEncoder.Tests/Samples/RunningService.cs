using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using PerceptionEncoder.Inference;
using PerceptionEncoder.Media.Images;
using PerceptionEncoder.Serialization.Features;
using PerceptionEncoder.Tests.Inference;
using SearchService;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tests.Samples;

/// <summary>The sample service on a free port, with a small model of random weights and a feature file of some pictures.</summary>
internal sealed class RunningService : IAsyncDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("pe-service-").FullName;
    private readonly WebApplication app;

    private RunningService(int pictures, int width, int layers, int side, string[] settings)
    {
        var checkpoint = Path.Combine(folder, "model.safetensors");
        SmallCheckpoint.Write(checkpoint, width, layers, side);
        Pictures = [.. Enumerable.Range(0, pictures).Select(seed => Picture(seed, side))];
        var features = Path.Combine(folder, "features.safetensors");
        using (var encoder = ClipEncoder.Open(checkpoint))
        using (var file = FeatureFile.Open(features, float32, [encoder.Dimension], "test"))
        using (var rows = encoder.EncodeImages([.. Pictures.Select(picture => (ReadOnlyMemory<byte>)picture)]))
        {
            file.Append([.. Enumerable.Range(0, pictures).Select(index => $"{(index % 2 == 0 ? "even" : "odd")}/{index}")], rows, pictures);
            file.Complete(pictures);
        }

        app = SearchApplication.Create(
        [
            "--urls=http://127.0.0.1:0",
            $"--PerceptionEncoder:Checkpoint={checkpoint}",
            "--PerceptionEncoder:Compute:Device=cpu",
            $"--Search:Features={features}",
            "--Logging:LogLevel:Default=Error",
            "--Logging:LogLevel:Microsoft.AspNetCore=None",
            .. settings,
        ]);
    }

    public byte[][] Pictures { get; }

    public HttpClient Client { get; private set; } = new();

    public ClipEncoder Encoder => app.Services.GetRequiredService<ClipEncoder>();

    public EncodingQueue Queue => app.Services.GetRequiredService<EncodingQueue>();

    public static async Task<RunningService> Start(
        int pictures = 6,
        int width = 16,
        int layers = 1,
        int side = 16,
        params string[] settings)
    {
        var service = new RunningService(pictures, width, layers, side, settings);
        await service.app.StartAsync();
        service.Client.BaseAddress = new Uri(service.app.Urls.Single());
        return service;
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await app.StopAsync();
        await app.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    private static byte[] Picture(int seed, int side)
    {
        var pixels = new byte[3 * side * side];
        new Random(seed).NextBytes(pixels);
        return JpegEncoder.Encode(new DecodedImage(side, side, 3, pixels, Indexed: false));
    }
}
