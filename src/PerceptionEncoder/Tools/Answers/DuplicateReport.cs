namespace PerceptionEncoder.Tools.Answers;

/// <summary>Near-duplicates that were found.</summary>
/// <param name="Features">The feature file that was looked through.</param>
/// <param name="Rows">Its rows; of a comparison, those of the other file.</param>
/// <param name="Groups">The first of each stays; the others would go.</param>
public sealed record DuplicateReport(string Features, long Rows, IReadOnlyList<IReadOnlyList<DuplicateItem>> Groups)
{
    /// <summary>Rows that would go.</summary>
    public long Extra => Groups.Sum(group => group.Count - 1L);
}
