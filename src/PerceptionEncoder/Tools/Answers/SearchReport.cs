namespace PerceptionEncoder.Tools.Answers;

/// <summary>What a search found, and in what.</summary>
/// <param name="Features">The feature file.</param>
/// <param name="Rows">Its rows.</param>
/// <param name="Chosen">Rows that the filter leaves; all where there is none.</param>
/// <param name="Answers">One a query.</param>
/// <param name="Recall">Of a search in lists, the measured share of the exact answer; null where it was not measured.</param>
public sealed record SearchReport(string Features, int Rows, int Chosen, IReadOnlyList<SearchAnswer> Answers, double? Recall);
