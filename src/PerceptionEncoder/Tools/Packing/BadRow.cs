namespace PerceptionEncoder.Tools.Packing;

/// <summary>A row that is left out.</summary>
/// <param name="Row">Its number in the order of packing, from 0.</param>
/// <param name="Place">Where it is: <c>TABLE:LINE</c> or a file.</param>
/// <param name="Path">Of its image or clip, as it is written there.</param>
/// <param name="Reason">A short fixed phrase, so that reasons can be counted.</param>
/// <param name="Detail">What is particular to it.</param>
internal sealed record BadRow(long Row, string Place, string Path, string Reason, string Detail)
{
    public const string Damaged = "damaged row";
    public const string MissingPath = "missing path";
    public const string Address = "address, no file";
    public const string MissingFile = "missing file";
    public const string EmptyCaption = "empty caption";
    public const string EmptyLabel = "empty label";
    public const string UnknownLabel = "unknown label";
    public const string EmptyId = "empty id";
    public const string DuplicateId = "duplicate id";
    public const string EmptySplit = "empty split";
    public const string EmptyGroup = "empty group";

    /// <summary>In one line, for the log.</summary>
    public string Describe() => $"{Place}: {Reason}{(Detail.Length > 0 ? $": {Detail}" : "")}; left out";
}
