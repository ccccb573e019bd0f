namespace PerceptionEncoder.Tools.Packing;

/// <summary>How far packing has come.</summary>
/// <param name="Rows">Rows passed.</param>
/// <param name="Total">Rows of the input.</param>
/// <param name="Resumed">Of the rows passed, those that an earlier run had packed.</param>
/// <param name="Bad">Of the rows passed, those left out.</param>
public sealed record PackProgress(long Rows, long Total, long Resumed, long Bad);
