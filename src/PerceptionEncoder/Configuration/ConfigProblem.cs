namespace PerceptionEncoder.Configuration;

/// <summary>One thing wrong with a config.</summary>
/// <param name="Location">Where it was written.</param>
/// <param name="Key">Key path, such as <c>stages[1].resolution</c>; empty at the top.</param>
/// <param name="Message">What is wrong and what would be right.</param>
public sealed record ConfigProblem(SourceLocation Location, string Key, string Message)
{
    /// <summary>One line: <c>file:line:column: key: message</c>. An override already names its key.</summary>
    public override string ToString()
    {
        var line = Key.Length == 0 || Location.Line == 0 ? $"{Location}: {Message}" : $"{Location}: {Key}: {Message}";
        return string.Concat(Secrets.Conceal(line).Select(letter => char.IsControl(letter) ? ' ' : letter));
    }
}
