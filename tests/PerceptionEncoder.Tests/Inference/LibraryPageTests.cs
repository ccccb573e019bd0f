using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using PerceptionEncoder.Inference;
using PerceptionEncoder.Media.Images;
using PerceptionEncoder.Search;
using PerceptionEncoder.Serialization.Features;
using TorchSharp;

namespace PerceptionEncoder.Tests.Inference;

/// <summary>The C# of docs/library.md is this file's, and runs.</summary>
public sealed partial class LibraryPageTests : IDisposable
{
    private readonly string before = Directory.GetCurrentDirectory();
    private readonly string folder = Directory.CreateTempSubdirectory("pe-page-").FullName;

    public LibraryPageTests() => Directory.SetCurrentDirectory(folder);

    public void Dispose()
    {
        Directory.SetCurrentDirectory(before);
        Directory.Delete(folder, recursive: true);
    }

    private static void OneByOne()
    {
        // <page>
        using var encoder = ClipEncoder.Open("PE-Core-L14-336.pt");              // CUDA where it is; the vocabulary lies beside it
        float[] picture = encoder.EncodeImage(File.ReadAllBytes("cat.jpg"));     // 1,024 numbers, unit length
        float[] text = encoder.EncodeText("a cat");
        Console.WriteLine(picture.Zip(text, (a, b) => a * b).Sum());             // their cosine
        // </page>
        Assert.Equal(8, picture.Length);
    }

    private static async Task Asynchronously(ClipEncoder encoder, byte[] rgb, CancellationToken cancellation)
    {
        // <page>
        await using var file = File.OpenRead("cat.jpg");
        float[] picture = await encoder.EncodeImageAsync(file, cancellation);
        float[] frame = await encoder.EncodeRgbAsync(rgb, width: 64, height: 48, cancellation);      // R, G, B, R, G, B, ...
        float[][] texts = await encoder.EncodeTextsAsync(["a cat", "a dog"], cancellation);
        // </page>
        Assert.All((float[][])[picture, frame, .. texts], feature => Assert.Equal(8, feature.Length));
    }

    private static void InTensors(ClipEncoder encoder, byte[] first, byte[] second)
    {
        // <page>
        using var scope = torch.NewDisposeScope();                               // disposes every tensor that is made below
        var images = encoder.EncodeImages([first, second]);                      // [2, 1024], on the encoder's device
        var texts = encoder.EncodeTexts(["a diagram", "a dog", "a cat"]);        // [3, 1024]
        float[][] probabilities = encoder.Probabilities(images, texts).ToRows(); // 2 rows of 3, each sums to 1
        // </page>
        Assert.All(probabilities, row => Assert.Equal(1, row.Sum(), 1e-5));
    }

    private static async Task<float[]> ThroughAQueue(ClipEncoder encoder, Stream upload, CancellationToken cancellation)
    {
        // <page>
        await using var queue = new EncodingQueue(encoder, new EncodingQueueOptions
        {
            BatchSize = 32,                                                      // what the device's memory has room for
            Capacity = 256,                                                      // callers inside
            WhenFull = FullQueue.Refuse,                                         // with QueueFullException; or Wait
        });
        float[] picture = await queue.EncodeImageAsync(upload, cancellation);
        // </page>
        return picture;
    }

    private static IServiceCollection Registered(IServiceCollection services)
    {
        // <page>
        services.AddPerceptionEncoder(new PerceptionEncoderOptions
        {
            Checkpoint = "PE-Core-L14-336.pt",
            Queue = new() { BatchSize = 32 },
        });
        // </page>
        return services;
    }

    private static void Searched(ClipEncoder encoder)
    {
        // <page>
        using var index = SearchIndex.Open("photos.safetensors");                // what `pe encode images` wrote
        foreach (var hit in index.Find(encoder.EncodeText("a cat"), count: 10))
        {
            Console.WriteLine($"{hit.Score:0.000}  {hit.Id}");
        }
        // </page>
        Assert.Equal(2, index.Count);
    }

    [Fact]
    public void The_page_shows_what_is_here()
    {
        var here = Marked().Matches(
            File.ReadAllText(Path.Combine(RepositoryPaths.Root, "tests/PerceptionEncoder.Tests/Inference/LibraryPageTests.cs")));
        var shown = Shown().Matches(File.ReadAllText(Path.Combine(RepositoryPaths.Root, "docs/library.md")));
        Assert.Equal(here.Select(Code), shown.Select(Code));
        Assert.Equal(6, shown.Count);
    }

    [Fact]
    public async Task What_it_shows_runs()
    {
        SmallCheckpoint.Write("PE-Core-L14-336.pt");
        var picture = JpegEncoder.Encode(new Canvas(70, 50, (255, 165, 0)).ToImage());
        File.WriteAllBytes("cat.jpg", picture);
        OneByOne();
        using var encoder = ClipEncoder.Open("PE-Core-L14-336.pt");
        using (var features = encoder.EncodeImages([picture, picture]))
        using (var file = FeatureFile.Open("photos.safetensors", torch.float32, [8], "page"))
        {
            file.Append(["cat.jpg", "dog.jpg"], features, 2);
            file.Complete(2);
        }

        await Asynchronously(encoder, new byte[64 * 48 * 3], CancellationToken.None);
        InTensors(encoder, picture, picture);
        Assert.Equal(encoder.EncodeImage(picture), await ThroughAQueue(encoder, new MemoryStream(picture), CancellationToken.None));
        Assert.Equal(2, Registered(new ServiceCollection()).Count);
        Searched(encoder);
    }

    private static string Code(Match match)
        => string.Join('\n', match.Groups[1].Value.Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0));

    [GeneratedRegex("// <page>\n(.*?)// </page>", RegexOptions.Singleline)]
    private static partial Regex Marked();

    [GeneratedRegex("```csharp\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Shown();
}
