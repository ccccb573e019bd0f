using PerceptionEncoder.Data.Shards;

namespace PerceptionEncoder.Evaluation.Sets;

/// <summary>Samples that come from elsewhere than the split of a set: other shards, a choice of them, files.</summary>
/// <param name="Name">For messages.</param>
/// <param name="Read">Gives the samples in stored order, with the members asked for; takes note of damage.</param>
internal sealed record GivenSamples(string Name, Func<BadSamples, IReadOnlySet<string>, IEnumerable<Sample>> Read);
