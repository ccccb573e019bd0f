using System.Runtime.InteropServices;

namespace PerceptionEncoder.Tensors;

/// <summary>
/// Native memory that is in use, as the allocator counts it. What a process has from the system does not tell: it keeps what was freed,
/// and a leak fills that first, unseen.
/// </summary>
internal static unsafe partial class AllocatedMemory
{
    /// <summary>Bytes; null where neither jemalloc nor a glibc that tells (2.33 and newer) hands memory out.</summary>
    public static long? Bytes()
        => !OperatingSystem.IsLinux() ? null
            : NativeLibrary.TryGetExport(NativeLibrary.GetMainProgramHandle(), "mallctl", out var control)
                ? OfJemalloc((delegate* unmanaged<byte*, void*, nuint*, void*, nuint, int>)control)
                : OfGlibc();

    private static long? OfJemalloc(delegate* unmanaged<byte*, void*, nuint*, void*, nuint, int> control)
    {
        var (now, allocated, size) = (1UL, (nuint)0, (nuint)sizeof(nuint));
        fixed (byte* epoch = "epoch\0"u8, name = "stats.allocated\0"u8)
        {
            // Figures are those of the last change of the epoch.
            return control(epoch, null, null, &now, sizeof(ulong)) == 0 && control(name, &allocated, &size, null, 0) == 0
                ? (long)allocated
                : null;
        }
    }

    private static long? OfGlibc()
    {
        try
        {
            var info = mallinfo2();
            return (long)(info.InUse + info.Mapped);
        }
        catch (EntryPointNotFoundException)
        {
            return null;
        }
    }

    [LibraryImport("libc")]
    private static partial Info mallinfo2();

    /// <summary>glibc's <c>struct mallinfo2</c>, ten numbers.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 80)]
    private readonly struct Info
    {
        private readonly nuint arena, freeChunks, freeFastChunks, mappedChunks;

        /// <summary>Bytes of blocks that have their own mapping.</summary>
        public readonly nuint Mapped;

        private readonly nuint unused, freeFastBytes;

        /// <summary>Bytes of all other blocks in use.</summary>
        public readonly nuint InUse;

        private readonly nuint freeBytes, trimmable;
    }
}
