using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tensors;

/// <summary>Loads libtorch once and turns a loader failure into one clear line.</summary>
public static partial class TorchRuntime
{
    /// <summary>libtorch's setting of the memory of GPUs, and its name before libtorch 2.9, which still counts.</summary>
    internal static readonly string[] DeviceMemoryVariables = ["PYTORCH_ALLOC_CONF", "PYTORCH_CUDA_ALLOC_CONF"];

    private static readonly Lock Gate = new();
    private static bool initialized;

    /// <summary>Loads the native backend; safe to call many times.</summary>
    /// <exception cref="UserErrorException">A native library is missing or cannot be loaded.</exception>
    public static void Initialize()
    {
        lock (Gate)
        {
            if (initialized)
            {
                return;
            }

            LimitSpinning();
            SetDeviceMemory();
            try
            {
                InitializeDeviceType(TorchSharp.DeviceType.CPU);
            }
            catch (Exception failure) when (failure is NotSupportedException or DllNotFoundException or TypeInitializationException)
            {
                var cause = failure.GetBaseException().Message.Split('\n')[0];
                throw new UserErrorException(
                    $"libtorch could not be loaded from {AppContext.BaseDirectory}: "
                    + $"{cause} Run scripts/prerequisites.sh and rebuild, or see docs/installation.md.",
                    failure);
            }

            initialized = true;
        }
    }

    /// <summary>The threads one CPU operator is spread over; the number of cores until it is set.</summary>
    /// <exception cref="UserErrorException">The number set is not positive, or libtorch cannot be loaded.</exception>
    public static int Threads
    {
        get
        {
            Initialize();
            return get_num_threads();
        }

        set
        {
            if (value < 1)
            {
                throw new UserErrorException($"threads: {value} is not a number of threads. "
                    + $"Choose at least 1, at best the number of cores ({Environment.ProcessorCount}).");
            }

            Initialize();
            set_num_threads(value);
        }
    }

    /// <summary>
    /// Idle OpenMP threads otherwise spin for long before they sleep, which starves the data workers, and everything else on the machine,
    /// of the cores they wait for: on two shared cores a training step took five times as long. The user's own setting wins.
    /// </summary>
    private static void LimitSpinning()
    {
        if (OperatingSystem.IsLinux() && Environment.GetEnvironmentVariable("OMP_WAIT_POLICY") is null)
        {
            // The C library's environment is what libgomp reads; .NET's own copy would not reach it.
            _ = setenv("GOMP_SPINCOUNT", "2000", 0);
        }
    }

    private static void SetDeviceMemory()
    {
        if (OperatingSystem.IsLinux() && DeviceMemory(Environment.GetEnvironmentVariable) is { } setting)
        {
            _ = setenv(DeviceMemoryVariables[0], setting, 0);   // before libtorch, which reads it once; it means nothing to the CPU
        }
    }

    /// <summary>
    /// What is set of the memory of GPUs where the user sets nothing: segments that grow. Blocks of many sizes, as stages of several
    /// resolutions and end-token lengths ask for, otherwise leave gaps that nothing fits in. Null where the user sets something.
    /// </summary>
    internal static string? DeviceMemory(Func<string, string?> variable)
        => Array.TrueForAll(DeviceMemoryVariables, name => variable(name) is null) ? "expandable_segments:True" : null;

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int setenv(string name, string value, int overwrite);
}
