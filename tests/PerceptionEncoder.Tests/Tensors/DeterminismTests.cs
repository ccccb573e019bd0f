using System.Runtime.InteropServices;
using PerceptionEncoder.Tensors;

namespace PerceptionEncoder.Tests.Tensors;

public partial class DeterminismTests
{
    [Fact]
    public void The_option_holds_for_the_process_and_is_taken_back_by_options_without_it()
    {
        new ComputeOptions { Device = DeviceKind.Cpu, Deterministic = true }.Prepare();
        Assert.True(Determinism.IsRequired);
        if (OperatingSystem.IsLinux())
        {
            Assert.Equal(":4096:8", Marshal.PtrToStringUTF8(getenv("CUBLAS_WORKSPACE_CONFIG")));
        }

        new ComputeOptions { Device = DeviceKind.Cpu }.Prepare();
        Assert.False(Determinism.IsRequired);
    }

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint getenv(string name);
}
