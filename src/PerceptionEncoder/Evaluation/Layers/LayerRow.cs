namespace PerceptionEncoder.Evaluation.Layers;

/// <summary>One figure of a sweep.</summary>
/// <param name="Model">Name of the checkpoint.</param>
/// <param name="Task">Set and metric: <c>cifar10/linear_acc1</c>.</param>
/// <param name="Layer">Index of the block from 0.</param>
/// <param name="Layers">Blocks of the tower.</param>
/// <param name="Value">As a fraction.</param>
public sealed record LayerRow(string Model, string Task, int Layer, int Layers, double Value);
