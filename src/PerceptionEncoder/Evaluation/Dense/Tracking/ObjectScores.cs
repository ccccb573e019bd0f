namespace PerceptionEncoder.Evaluation.Dense.Tracking;

/// <summary>How well one object of one clip was found.</summary>
/// <param name="Clip">Name of the clip.</param>
/// <param name="Label">The object's index in the masks.</param>
/// <param name="Region">J of each scored frame.</param>
/// <param name="Boundary">F of each scored frame.</param>
internal sealed record ObjectScores(string Clip, int Label, IReadOnlyList<double> Region, IReadOnlyList<double> Boundary);
