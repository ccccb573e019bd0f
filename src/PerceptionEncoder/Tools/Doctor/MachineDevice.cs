namespace PerceptionEncoder.Tools.Doctor;

/// <summary>A GPU.</summary>
/// <param name="Name">As its driver calls it.</param>
/// <param name="MemoryBytes">All of its memory.</param>
/// <param name="Driver">Version.</param>
public sealed record MachineDevice(string Name, long MemoryBytes, string Driver);
