namespace PerceptionEncoder.Optimization;

/// <summary>The update rule.</summary>
public enum OptimizerKind
{
    /// <summary>Adam moments with a layer-wise trust ratio: what large batches need [2.1, step 4].</summary>
    Lamb,

    /// <summary>Adam with decoupled weight decay: the vanilla baseline [2.1, step 1].</summary>
    Adamw,
}
