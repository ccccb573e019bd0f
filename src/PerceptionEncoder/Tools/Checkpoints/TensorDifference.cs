namespace PerceptionEncoder.Tools.Checkpoints;

/// <summary>One tensor that two checkpoints do not agree on.</summary>
/// <param name="Name">Published name.</param>
/// <param name="FirstShape">Its shape in the first.</param>
/// <param name="SecondShape">Its shape in the second.</param>
/// <param name="Largest">Largest absolute difference; null where the shapes differ.</param>
/// <param name="Relative">Norm of the difference over the norm of the first's values; null where the shapes differ.</param>
public sealed record TensorDifference(string Name, string FirstShape, string SecondShape, double? Largest, double? Relative);
