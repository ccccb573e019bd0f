namespace PerceptionEncoder.Tests.Tokenization;

/// <summary>Captions to learn small vocabularies from.</summary>
internal static class SampleCaptions
{
    public static string[] All { get; } =
    [
        .. from color in (string[])["red", "green", "blue", "yellow", "gray"]
           from shape in (string[])["circle", "square", "triangle", "star"]
           from relation in (string[])["left of", "right of", "above", "below"]
           select $"A {color} {shape} is {relation} the café's other {shape}, 2 in all.",
    ];
}
