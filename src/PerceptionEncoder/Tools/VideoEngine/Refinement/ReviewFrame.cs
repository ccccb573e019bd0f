namespace PerceptionEncoder.Tools.VideoEngine.Refinement;

/// <summary>A picture of a clip.</summary>
/// <param name="File">Bytes.</param>
/// <param name="Type">What browsers call its format.</param>
internal sealed record ReviewFrame(byte[] File, string Type);
