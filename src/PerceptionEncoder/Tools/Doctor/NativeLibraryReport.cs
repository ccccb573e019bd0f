namespace PerceptionEncoder.Tools.Doctor;

/// <summary>A library or program that is not of .NET.</summary>
/// <param name="Name">As people call it.</param>
/// <param name="Need">What it is for, and whether anything stops without it.</param>
/// <param name="Version">Null where it is missing or does not say.</param>
/// <param name="Path">Null where it is missing.</param>
/// <param name="Install">How to get it; null where it is there.</param>
public sealed record NativeLibraryReport(string Name, string Need, string? Version, string? Path, string? Install);
