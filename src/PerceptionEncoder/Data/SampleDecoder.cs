namespace PerceptionEncoder.Data;

/// <summary>Decodes, augments and tokenises a sample; called on several threads at once.</summary>
/// <param name="sample">As stored.</param>
/// <param name="source">Options of its source: where its image and caption are, see <see cref="CaptionedImage.From"/>.</param>
/// <param name="sampleSeed">The only randomness it may use.</param>
/// <param name="pixels">[3, height, width] RGB, or [frames, 3, height, width] of a clip, of which an image fills the first; 8 bits. Holds anything before.</param>
/// <returns>[context] ids, padded with zeros; of one length for all samples.</returns>
/// <exception cref="BadSampleException">The sample cannot be used; it is counted and skipped.</exception>
/// <exception cref="Media.ImageException">The same, for an image that cannot be decoded.</exception>
public delegate int[] SampleDecoder(Sample sample, SourceOptions source, ulong sampleSeed, Span<byte> pixels);
