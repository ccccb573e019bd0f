namespace PerceptionEncoder.Tools.Packing;

/// <summary>One part of what was packed.</summary>
/// <param name="Name">Of its folder.</param>
/// <param name="Samples">How many it has.</param>
/// <param name="Shards">In how many tars.</param>
/// <param name="Bytes">Of all of them.</param>
/// <param name="Pattern">Names them, as <c>data.train[].shards</c> takes it.</param>
public sealed record PackedSplit(string Name, long Samples, int Shards, long Bytes, string Pattern);
