namespace PerceptionEncoder.Training.Plans;

/// <summary>A device that a run is planned for, as its maker gives it.</summary>
/// <param name="Name">As on the command line.</param>
/// <param name="NarrowFlops">bf16 products a second, dense; 0 where it is not known.</param>
/// <param name="Flops">float32 products a second, without tf32; 0 where it is not known.</param>
/// <param name="Memory">Bytes.</param>
/// <param name="MemoryRate">Bytes a second between memory and processors; 0 where it is not known.</param>
public sealed record PlannedDevice(string Name, double NarrowFlops, double Flops, double Memory, double MemoryRate)
{
    /// <summary>The machine that plans; how fast it is must be measured.</summary>
    public const string Cpu = "cpu";

    private const double Tera = 1e12;
    private const double Giga = 1e9;

    /// <summary>Data sheets of NVIDIA, the SXM boards where there are several; rates without sparsity.</summary>
    private static readonly PlannedDevice[] Known =
    [
        new("a100-40g", 312 * Tera, 19.5 * Tera, 40 * Giga, 1.555 * Tera),     // A100 data sheet, June 2021
        new("a100-80g", 312 * Tera, 19.5 * Tera, 80 * Giga, 2.039 * Tera),
        new("l40s", 362 * Tera, 91.6 * Tera, 48 * Giga, 0.864 * Tera),         // L40S data sheet, 2023: 733 TFLOP/s with sparsity
        new("h100", 989 * Tera, 67 * Tera, 80 * Giga, 3.35 * Tera),            // H100 data sheet, 2024: 1,979 with sparsity
        new("h200", 989 * Tera, 67 * Tera, 141 * Giga, 4.8 * Tera),            // H200 data sheet, 2024
        new("b200", 2250 * Tera, 75 * Tera, 180 * Giga, 7.7 * Tera),           // HGX B200: 18 PFLOP/s of eight, 36 with sparsity
    ];

    /// <summary>Names of all.</summary>
    public static IReadOnlyList<string> Names => [.. Known.Select(device => device.Name), Cpu];

    /// <summary>Whether it is no accelerator: attention then keeps its weights, and float32 is what a config's <c>auto</c> means.</summary>
    public bool IsCpu => Name == Cpu;

    /// <summary>The device of a name.</summary>
    /// <exception cref="UserErrorException">There is none.</exception>
    public static PlannedDevice Find(string name)
        => name == Cpu
            ? new PlannedDevice(Cpu, 0, 0, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes, 0)
            : Array.Find(Known, device => device.Name == name)
                ?? throw new UserErrorException($"--device {name}: is not known to the plan. Choose one of {string.Join(", ", Names)}.");
}
