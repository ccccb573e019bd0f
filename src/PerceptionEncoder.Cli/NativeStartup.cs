using PerceptionEncoder.Tensors;

namespace PerceptionEncoder.Cli;

/// <summary>What a command that computes does before libtorch is loaded; the others start without it, at once.</summary>
internal static class NativeStartup
{
    /// <summary>Keeps native memory once taken, which may start the process again in place.</summary>
    public static void Prepare() => NativeMemory.Keep();
}
