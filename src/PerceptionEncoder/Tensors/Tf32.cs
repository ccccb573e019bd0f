using static TorchSharp.torch;

namespace PerceptionEncoder.Tensors;

/// <summary>
/// The permission to round the inputs of float32 products on CUDA to TF32's 10 bits: for a model's passes, and never for what is documented
/// as float32 beside them.
/// </summary>
internal static class Tf32
{
    /// <summary>Whether the user gave it. Process-wide, as torch has it.</summary>
    public static bool IsAllowed { get; private set; }

    /// <summary>Gives or takes it.</summary>
    public static void Allow(bool allowed)
    {
        TorchRuntime.Initialize();
        IsAllowed = allowed;
        backends.cudnn.allow_tf32 = allowed;
        backends.cuda.matmul.allow_tf32 = allowed;
    }

    /// <summary>Products are float32's until it is disposed: losses, probes, similarities. Null where they are so anyway.</summary>
    public static IDisposable? Suspend() => IsAllowed ? new Suspension() : null;

    private sealed class Suspension : IDisposable
    {
        public Suspension() => Allow(false);

        public void Dispose() => Allow(true);
    }
}
