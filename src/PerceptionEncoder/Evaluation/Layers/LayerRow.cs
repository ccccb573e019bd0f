namespace PerceptionEncoder.Evaluation.Layers;

/// <summary>One figure of a sweep.</summary>
/// <param name="Model">Name of the checkpoint.</param>
/// <param name="Task">Set and metric: <c>cifar10/linear_acc1</c>.</param>
/// <param name="Layer">Index of the block from 0.</param>
/// <param name="Layers">Blocks of the tower.</param>
/// <param name="Value">As a fraction; errors of depth in their own unit.</param>
public sealed record LayerRow(string Model, string Task, int Layer, int Layers, double Value)
{
    /// <summary>Ends of the names of errors, of which less is better.</summary>
    private static readonly string[] Errors = ["_abs_rel", "_rmse", "_log_10", "_rmse_log", "_silog", "_sq_rel", "_mae"];

    /// <summary>Whether less is better.</summary>
    public bool IsError => Array.Exists(Errors, end => Task.EndsWith(end, StringComparison.Ordinal));
}
