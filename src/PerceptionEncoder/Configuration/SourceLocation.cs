namespace PerceptionEncoder.Configuration;

/// <summary>Where a config value was written: a place in a file, or an override of the command line.</summary>
/// <param name="Source">File as the user named it, or <c>--set key=value</c>.</param>
/// <param name="Line">1-based line; 0 when the source has no lines.</param>
/// <param name="Column">1-based column; 0 when the source has no lines.</param>
public readonly record struct SourceLocation(string Source, int Line, int Column)
{
    /// <summary>The whole source, where no line can be named.</summary>
    public static SourceLocation Whole(string source) => new(source, 0, 0);

    /// <inheritdoc/>
    public override string ToString() => Line == 0 ? Source : $"{Source}:{Line}:{Column}";
}
