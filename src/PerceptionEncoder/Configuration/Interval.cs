namespace PerceptionEncoder.Configuration;

/// <summary>A closed range, written <c>[low, high]</c> in a config.</summary>
/// <param name="Low">Lower end; not above <paramref name="High"/>.</param>
/// <param name="High">Upper end.</param>
public readonly record struct Interval(double Low, double High);
