using System.Text.RegularExpressions;
using PerceptionEncoder.Media.Images;
using PerceptionEncoder.Tests.Evaluation;
using TorchSharp;
using static TorchSharp.torch;

// <readme>
using PerceptionEncoder.Inference;

// </readme>
namespace PerceptionEncoder.Tests.Inference;

/// <summary>The README's C# is this file's, and does what it says.</summary>
public sealed partial class ReadmeExampleTests : IDisposable
{
    private readonly string before = Directory.GetCurrentDirectory();
    private readonly string folder = Directory.CreateTempSubdirectory("pe-readme-").FullName;

    public ReadmeExampleTests() => Directory.SetCurrentDirectory(folder);

    public void Dispose()
    {
        Directory.SetCurrentDirectory(before);
        Directory.Delete(folder, recursive: true);
    }

    private static float[] Example()
    {
        // <readme>
        using var encoder = ClipEncoder.Open("PE-Core-L14-336.pt", vocabulary: "bpe_simple_vocab_16e6.txt.gz");
        using var image = encoder.EncodeImageFiles(["cat.jpg"]);                     // [1, 1024], unit length
        using var texts = encoder.EncodeTexts(["a diagram", "a dog", "a cat"]);      // [3, 1024]
        using var probabilities = encoder.Probabilities(image, texts);               // [1, 3], each row sums to 1
        Console.WriteLine(string.Join(" ", probabilities.data<float>()));
        // </readme>
        return probabilities.data<float>().ToArray();
    }

    [Fact]
    public void The_readme_shows_the_example_as_it_is_here()
    {
        var code = Marked().Matches(
            File.ReadAllText(Path.Combine(RepositoryPaths.Root, "tests/PerceptionEncoder.Tests/Inference/ReadmeExampleTests.cs")))
            .SelectMany(match => match.Groups[1].Value.Split('\n')).Select(line => line.Trim()).ToArray();
        var shown = Shown().Match(File.ReadAllText(Path.Combine(RepositoryPaths.Root, "README.md"))).Groups[1].Value
            .Split('\n')
            .Select(line => line.Trim());
        Assert.Equal(code.Where(line => line.Length > 0), shown.Where(line => line.Length > 0));
        Assert.InRange(code.Count(line => line.Length > 0), 1, 9);
    }

    [Fact]
    public void The_example_runs()
    {
        WriteModel();
        File.WriteAllBytes("cat.jpg", JpegEncoder.Encode(new Canvas(70, 50, (255, 165, 0)).ToImage()));

        var probabilities = Example();
        Assert.Equal(3, probabilities.Length);
        Assert.Equal(1, probabilities.Sum(), 1e-5);
    }

    [Fact]
    public void Image_files_are_encoded_as_their_pixels_and_what_is_none_is_named()
    {
        WriteModel();
        File.WriteAllBytes("red.png", ColourSet.Picture("red"));
        using var encoder = ClipEncoder.Open(".");
        using var scope = NewDisposeScope();
        var pixels = zeros(1, 3, 16, 16, uint8);
        pixels.select(1, 0).fill_(255);
        Assert.True(encoder.EncodeImageFiles(["red.png", "red.png"])[1].allclose(encoder.EncodeImages(pixels)[0], 1e-5, 1e-6));

        File.WriteAllText("text.png", "no picture");
        Assert.StartsWith(
            "text.png: cannot be read as an image (not an image",
            Assert.Throws<UserErrorException>(() => encoder.EncodeImageFiles(["text.png"])).Message,
            StringComparison.Ordinal);
        Assert.StartsWith(
            "none.png: cannot be read",
            Assert.Throws<UserErrorException>(() => encoder.EncodeImageFiles(["red.png", "none.png"])).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Probabilities_are_the_softmax_of_scaled_cosines()
    {
        WriteModel();
        using var encoder = ClipEncoder.Open(".");
        using var scope = NewDisposeScope();
        var images = nn.functional.normalize(randn(2, 8), dim: -1);
        var texts = nn.functional.normalize(randn(3, 8), dim: -1);
        Assert.Equal(1 / 0.07, encoder.LogitScale, 1e-3);
        Assert.True(encoder.Probabilities(images, texts).allclose((matmul(images, texts.t()) / 0.07).softmax(-1), 1e-4, 1e-6));
    }

    /// <summary>A small model under a published name; what a file is shows in its content.</summary>
    private static void WriteModel() => SmallCheckpoint.Write("PE-Core-L14-336.pt");

    [GeneratedRegex("// <readme>\n(.*?)// </readme>", RegexOptions.Singleline)]
    private static partial Regex Marked();

    [GeneratedRegex("```csharp\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Shown();
}
