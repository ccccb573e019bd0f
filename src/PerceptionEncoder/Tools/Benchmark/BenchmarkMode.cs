namespace PerceptionEncoder.Tools.Benchmark;

/// <summary>What a benchmark repeats.</summary>
public enum BenchmarkMode
{
    /// <summary>Forward and backward of the vision tower: gradients of every parameter, without loss and optimiser.</summary>
    Train,

    /// <summary>Forward of the vision tower in evaluation mode, without gradients.</summary>
    Encode,
}
