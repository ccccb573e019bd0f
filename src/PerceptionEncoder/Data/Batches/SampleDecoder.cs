using PerceptionEncoder.Data.Shards;

namespace PerceptionEncoder.Data.Batches;

/// <summary>Decodes, augments and tokenises a sample; called on several threads at once.</summary>
/// <param name="sample">As stored.</param>
/// <param name="source">Options of its source: where its image and caption are.</param>
/// <param name="sampleSeed">The only randomness it may use.</param>
/// <param name="fields">To fill.</param>
/// <exception cref="BadSampleException">The sample cannot be used; it is counted and skipped.</exception>
/// <exception cref="Media.Images.ImageException">The same, for an image that cannot be decoded.</exception>
public delegate void SampleDecoder(Sample sample, SourceOptions source, ulong sampleSeed, SampleFields fields);
