namespace PerceptionEncoder.Tools.Doctor;

/// <summary>All that is known of a machine and its numbers.</summary>
/// <param name="Libraries">What is not of .NET.</param>
/// <param name="Machine">What it computes with.</param>
/// <param name="Device">Where the checks ran.</param>
/// <param name="Checks">In the order they ran.</param>
public sealed record DoctorReport(
    IReadOnlyList<NativeLibraryReport> Libraries,
    MachineDescription Machine,
    string Device,
    IReadOnlyList<MachineCheck> Checks)
{
    /// <summary>Every check has passed.</summary>
    public bool Passed => Checks.All(check => check.Passed);
}
