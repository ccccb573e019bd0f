using System.Text.Json;
using PerceptionEncoder.Media.Images;

namespace PerceptionEncoder.Tests.Media.Images;

/// <summary>Odd and broken pictures of the shared data: what its <c>expected.json</c> says must hold.</summary>
public class ImageCornerCaseTests
{
    private const string Absent = "(absent)";
    private const long Limit = 100_000_000;
    private static readonly string Folder = Path.Combine(RepositoryPaths.Data, "image-corner-cases");

    public static TheoryData<string> Files()
    {
        var list = Path.Combine(Folder, "expected.json");
        return File.Exists(list) ? [.. Expectations().EnumerateObject().Select(entry => entry.Name)] : new TheoryData<string>(Absent);
    }

    [SkippableTheory]
    [MemberData(nameof(Files))]
    public void A_file_decodes_to_its_stored_size_or_is_refused_with_a_reason(string name)
    {
        Skip.If(name == Absent, $"no pictures in {Folder}; set PE_DATA_DIR to the shared data");
        var expected = Expectations().GetProperty(name);
        var file = File.ReadAllBytes(Path.Combine(Folder, name));
        var decoder = ImageDecoders.Default;
        switch (expected.GetProperty("decodable").ValueKind)
        {
            case JsonValueKind.True:
                var image = decoder.Decode(file, Limit);
                Assert.Equal((Side(expected, "width"), Side(expected, "height")), (image.Width, image.Height));
                Assert.Equal(image.Width * image.Height * image.Channels, image.Pixels.Length);
                break;
            case JsonValueKind.False:
                Assert.NotEmpty(Assert.Throws<ImageException>(() => decoder.Decode(file, Limit)).Reason);
                break;
            default:
                Assert.True(Record.Exception(() => decoder.Decode(file, Limit)) is null or ImageException);
                break;
        }
    }

    private static int Side(JsonElement expected, string name)
        => expected.TryGetProperty($"stored_{name}", out var stored) ? stored.GetInt32() : expected.GetProperty(name).GetInt32();

    private static JsonElement Expectations() => JsonDocument.Parse(File.ReadAllText(Path.Combine(Folder, "expected.json"))).RootElement;
}
