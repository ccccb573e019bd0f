using System.Globalization;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tools.Doctor;

/// <summary>What the driver's own program, <c>nvidia-smi</c>, says of the GPUs that this process may use.</summary>
internal static class NvidiaDevices
{
    private const string Visible = "CUDA_VISIBLE_DEVICES";
    private const long Mebibyte = 1 << 20;

    /// <summary>All of them; none where there is no driver.</summary>
    public static IReadOnlyList<MachineDevice> All() => [.. Query(null).Select(entry => entry.Device)];

    /// <summary>Bytes in use on a device, by every process; null on the CPU and where the driver does not say.</summary>
    public static long? MemoryUsed(Device device)
        => device.type == TorchSharp.DeviceType.CUDA && Query(Identifier(Math.Max(0, device.index))) is [var (_, used)] ? used : null;

    /// <summary>Lines of <c>nvidia-smi --query-gpu=name,memory.total,memory.used,driver_version</c>, sizes in MiB.</summary>
    public static IEnumerable<(MachineDevice Device, long Used)> Parse(IEnumerable<string> lines)
        => lines.Select(line => line.Split(", ")).Where(fields => fields.Length == 4).Select(fields => (
            new MachineDevice(fields[0], Number(fields[1]) * Mebibyte, fields[3]),
            Number(fields[2]) * Mebibyte));

    /// <summary>The driver's name of a device that the process numbers by itself.</summary>
    private static string Identifier(int index)
        => Environment.GetEnvironmentVariable(Visible)?.Split(',') is { } names && index < names.Length
            ? names[index].Trim()
            : index.ToString(CultureInfo.InvariantCulture);

    private static List<(MachineDevice Device, long Used)> Query(string? identifier) => [.. Parse(ProgramText.Lines(
        "nvidia-smi",
        [
            "--query-gpu=name,memory.total,memory.used,driver_version", "--format=csv,noheader,nounits",
            .. identifier is null ? Array.Empty<string>() : ["-i", identifier],
        ]))];

    private static long Number(string field) => long.TryParse(field, CultureInfo.InvariantCulture, out var number) ? number : 0;
}
