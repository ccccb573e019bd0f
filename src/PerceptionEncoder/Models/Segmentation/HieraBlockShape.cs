namespace PerceptionEncoder.Models.Segmentation;

/// <summary>Shape of one block of the trunk.</summary>
/// <param name="Input">Channels that enter.</param>
/// <param name="Output">Channels that leave.</param>
/// <param name="Heads">Attention heads.</param>
/// <param name="Window">Side of the windows in tokens of the grid that enters; 0 for the whole picture.</param>
/// <param name="Pools">The grid that leaves has half the side.</param>
internal sealed record HieraBlockShape(int Input, int Output, int Heads, int Window, bool Pools);
