using System.Runtime.Intrinsics.X86;

namespace PerceptionEncoder.Tensors;

/// <summary>What the faster of two equal ways depends on. The CPU is asked, not timed, so that every start comes to the same.</summary>
internal static class CpuKind
{
    /// <summary>"Genu" of GenuineIntel, as CPUID gives it.</summary>
    private const int IntelVendor = 0x756E6547;

    private const int ExtendedFeatures = 7;
    private const int TilesOfBfloat16 = 1 << 22;

    /// <summary>
    /// MKL is Intel's: on the x86 CPUs of others it runs at half of oneDNN's rate (docs/performance.md). Elsewhere there is no MKL to be
    /// slow.
    /// </summary>
    public static bool MklIsSlow { get; } = X86Base.IsSupported && X86Base.CpuId(0, 0).Ebx != IntelVendor;

    /// <summary>AMX: matrices of bfloat16 are multiplied so fast that every pass beside the product counts.</summary>
    public static bool HasTiles { get; } = X86Base.IsSupported
        && X86Base.CpuId(0, 0).Eax >= ExtendedFeatures
        && (X86Base.CpuId(ExtendedFeatures, 0).Edx & TilesOfBfloat16) != 0;
}
