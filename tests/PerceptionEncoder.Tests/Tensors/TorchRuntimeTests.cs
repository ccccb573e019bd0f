using System.Runtime.InteropServices;
using System.Text;
using PerceptionEncoder.Tensors;

namespace PerceptionEncoder.Tests.Tensors;

public partial class TorchRuntimeTests
{
    [Fact]
    public void A_GPUs_memory_grows_in_segments_unless_the_user_sets_it_by_the_new_name_or_the_old()
    {
        Assert.Equal("expandable_segments:True", TorchRuntime.DeviceMemory(_ => null));
        Assert.All(
            TorchRuntime.DeviceMemoryVariables,
            set => Assert.Null(TorchRuntime.DeviceMemory(name => name == set ? "max_split_size_mb:512" : null)));
    }

    [SkippableFact]
    public void The_setting_of_a_GPUs_memory_stands_where_libtorch_reads_it_and_by_a_name_that_it_knows()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "set on Linux only");
        Skip.If(
            TorchRuntime.DeviceMemoryVariables.Any(name => Environment.GetEnvironmentVariable(name) is not null),
            "the user's own setting is in force");
        TorchRuntime.Initialize();
        Assert.Equal("expandable_segments:True", Marshal.PtrToStringUTF8(getenv(TorchRuntime.DeviceMemoryVariables[0])));
        var library = File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "libc10.so"));
        Assert.All(
            [.. TorchRuntime.DeviceMemoryVariables, "expandable_segments"],
            name => Assert.True(library.AsSpan().IndexOf(Encoding.ASCII.GetBytes($"\0{name}\0")) > 0, name));
    }

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint getenv(string name);
}
