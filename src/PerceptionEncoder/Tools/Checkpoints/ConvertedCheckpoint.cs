namespace PerceptionEncoder.Tools.Checkpoints;

/// <summary>What there is to know about a converted checkpoint.</summary>
/// <param name="LeftOut">Published names of tensors that the layout has no place for.</param>
/// <param name="Origin">What of the input was read, where it holds more than the model.</param>
/// <param name="ImageSize">Side of the input in pixels.</param>
/// <param name="RopeGrid">
/// Patches a side that timm's <c>ref_feat_shape</c> must name, in layouts that timm loads: it scales rotary positions to that grid, where the published model takes
/// them as they are. Null where nothing rotates.
/// </param>
public sealed record ConvertedCheckpoint(IReadOnlyList<string> LeftOut, string? Origin, int ImageSize, int? RopeGrid);
