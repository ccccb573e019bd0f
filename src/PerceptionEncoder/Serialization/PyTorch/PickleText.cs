namespace PerceptionEncoder.Serialization.PyTorch;

/// <summary>Text out of a file that may be anything, fit for one line of a message.</summary>
internal static class PickleText
{
    private const int MaximumLength = 100;

    public static string Shown(string text)
    {
        var line = new string([.. text.Take(MaximumLength).Select(character => char.IsControl(character) ? '?' : character)]);
        return line.Length < text.Length ? line + "..." : line;
    }
}
