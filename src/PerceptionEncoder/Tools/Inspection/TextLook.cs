namespace PerceptionEncoder.Tools.Inspection;

/// <summary>One text of a sample.</summary>
/// <param name="Place">As a training source names it: <c>txt</c>, <c>json.caption</c>.</param>
/// <param name="Text">Without white space at its ends; may be empty.</param>
/// <param name="Tokens">With start and end; null where none are counted.</param>
/// <param name="Script">Of most of its letters.</param>
internal readonly record struct TextLook(string Place, string Text, int? Tokens, string Script)
{
    /// <summary>Characters as a reader counts them.</summary>
    public int Length => Text.EnumerateRunes().Count();
}
