namespace PerceptionEncoder.Tools.Inspection;

/// <summary>A range of a histogram.</summary>
/// <param name="From">Its beginning, which belongs to it.</param>
/// <param name="To">Its end, which belongs to the next; of the last range, the largest number.</param>
/// <param name="Count">Numbers in it.</param>
public sealed record InspectedBin(double From, double To, long Count);
