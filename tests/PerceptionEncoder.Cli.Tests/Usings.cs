global using Xunit;

// Training runs compete for the same cores, and one test measures start-up time.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
