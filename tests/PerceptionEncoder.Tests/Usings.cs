global using Xunit;

// Torch keeps its generator, matmul backend and autocast state per process: tests that touch them must not overlap.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
