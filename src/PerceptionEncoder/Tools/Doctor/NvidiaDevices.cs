using System.Globalization;

namespace PerceptionEncoder.Tools.Doctor;

/// <summary>What the driver's own program, <c>nvidia-smi</c>, says of the GPUs that this process may use.</summary>
internal static class NvidiaDevices
{
    private const long Mebibyte = 1 << 20;

    /// <summary>All of them; none where there is no driver.</summary>
    public static IReadOnlyList<MachineDevice> All() => [.. Parse(ProgramText.Lines(
        "nvidia-smi",
        ["--query-gpu=name,memory.total,driver_version", "--format=csv,noheader,nounits"]))];

    /// <summary>Lines of <c>nvidia-smi --query-gpu=name,memory.total,driver_version</c>, sizes in MiB.</summary>
    public static IEnumerable<MachineDevice> Parse(IEnumerable<string> lines)
        => lines.Select(line => line.Split(", ")).Where(fields => fields.Length == 3)
            .Select(fields => new MachineDevice(fields[0], Number(fields[1]) * Mebibyte, fields[2]));

    private static long Number(string field) => long.TryParse(field, CultureInfo.InvariantCulture, out var number) ? number : 0;
}
