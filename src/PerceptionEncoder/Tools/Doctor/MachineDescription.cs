using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using PerceptionEncoder.Tensors;

namespace PerceptionEncoder.Tools.Doctor;

/// <summary>What a machine has to compute with.</summary>
public sealed record MachineDescription
{
    /// <summary>Model of the CPU.</summary>
    public required string Processor { get; init; }

    /// <summary>Vector and matrix instructions of the CPU that libtorch makes use of.</summary>
    public required IReadOnlyList<string> Instructions { get; init; }

    /// <summary>Cores that this process may use.</summary>
    public required int Cores { get; init; }

    /// <summary>Memory that this process may use.</summary>
    public required long MemoryBytes { get; init; }

    /// <summary>Free space where the command was started: runs are written there.</summary>
    public required long FreeDiskBytes { get; init; }

    /// <summary>GPUs with their memory and driver.</summary>
    public required IReadOnlyList<MachineDevice> Devices { get; init; }

    /// <summary>Of this machine.</summary>
    public static MachineDescription Read() => new()
    {
        Processor = Model() ?? RuntimeInformation.ProcessArchitecture.ToString(),
        Instructions = [.. Known().Where(known => known.IsThere).Select(known => known.Name)],
        Cores = Environment.ProcessorCount,
        MemoryBytes = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes,
        FreeDiskBytes = new DriveInfo(Path.GetFullPath(Environment.CurrentDirectory)).AvailableFreeSpace,
        Devices = NvidiaDevices.All(),
    };

    private static IEnumerable<(string Name, bool IsThere)> Known() =>
        [("AVX2", Avx2.IsSupported), ("AVX-512", Avx512F.IsSupported), ("AMX", CpuKind.HasTiles)];

    private static string? Model()
    {
        const string Key = "model name";
        return !File.Exists("/proc/cpuinfo") ? null
            : File.ReadLines("/proc/cpuinfo")
                .FirstOrDefault(line => line.StartsWith(Key, StringComparison.Ordinal))?.Split(':', 2)[1].Trim();
    }
}
