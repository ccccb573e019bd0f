using PerceptionEncoder.Data.Shards;

namespace PerceptionEncoder.Data.Batches;

/// <summary>A sample ready for batching.</summary>
/// <param name="Key">Key of the <see cref="Sample"/>.</param>
/// <param name="Fields">What its decoder made of it.</param>
internal sealed record DecodedSample(string Key, SampleFields Fields);
