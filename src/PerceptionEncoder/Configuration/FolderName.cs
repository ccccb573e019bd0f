namespace PerceptionEncoder.Configuration;

/// <summary>
/// What may name a folder in a config: nothing that leads elsewhere, cannot be seen, or is a name of our own for what is not complete.
/// </summary>
internal static class FolderName
{
    /// <summary>Neither <c>.</c> nor <c>..</c>, no slash, no control or direction character, no blank at either end.</summary>
    public const string Pattern = @"(?!\.{1,2}$)(?!\.pe-incomplete-)(?!\s)[^/\\\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+(?<!\s)";

    /// <summary>The problem.</summary>
    public const string Problem = "must be a plain folder name: not . or .., without slashes, control characters and outer blanks";

    /// <summary>For names that are shown and logged, and name no folder.</summary>
    public const string VisiblePattern = @"[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+";

    /// <summary>Its problem.</summary>
    public const string VisibleProblem = "must be a name without control characters";
}
