using PerceptionEncoder.Tensors;

namespace PerceptionEncoder.Tests.Tensors;

public sealed class DeviceKindTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("pe-device-").FullName;

    [Theory]
    [InlineData("auto", 0, null)]
    [InlineData("cpu", 2, null)]
    [InlineData("auto", 2, -1)]
    [InlineData("cuda", 2, -1)]
    [InlineData("cuda:0", 2, 0)]
    [InlineData("cuda:1", 2, 1)]
    public void A_name_is_a_device_of_those_that_are_there(string name, int devices, int? expected)
        => Assert.Equal(expected, DeviceKind.Choose(name, new CudaDevices(devices, devices == 0 ? "no driver" : null)));

    [Theory]
    [InlineData("cuda:2", 2, "cuda:2 is not there: libtorch finds 2 CUDA devices, cuda:0 to cuda:1.")]
    [InlineData("cuda:1", 1, "cuda:1 is not there: libtorch finds 1 CUDA device, cuda:0.")]
    [InlineData("cuda:1", 0, "cuda:1, but there is no CUDA device: no driver.")]
    [InlineData("gpu", 2, "gpu must be auto, cpu, cuda or one of several, such as cuda:1.")]
    [InlineData("cuda:-1", 2, "cuda:-1 must be auto")]
    [InlineData("xcuda", 2, "xcuda must be auto")]
    public void A_device_that_is_not_there_is_one_line(string name, int devices, string said)
    {
        var message = Assert.Throws<UserErrorException>(
            () => DeviceKind.Choose(name, new CudaDevices(devices, devices == 0 ? "no driver" : null))).Message;
        Assert.StartsWith($"compute.device: {said}", message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', message);
    }

    [Fact]
    public void A_build_for_the_cpu_says_so_where_auto_falls_back_to_it()
    {
        var lines = new List<string>();
        new ComputeOptions().Prepare(lines.Add);
        Assert.Equal(
            "device: cpu; no CUDA: libtorch_cuda.so is not there (a build for the CPU; -p:TorchBackend=cuda makes one for CUDA)",
            Assert.Single(lines));
        new ComputeOptions { Device = DeviceKind.Cpu }.Prepare(lines.Add);
        Assert.Equal("device: cpu", lines[1]);
    }

    [Fact]
    public void A_library_that_cannot_be_loaded_is_told_in_the_loaders_words()
    {
        var library = Path.Combine(folder, "libtorch_cuda.so");
        File.WriteAllText(library, "no library");
        var reason = CudaDevices.WhyNone(library);
        Assert.StartsWith(library, reason, StringComparison.Ordinal);
        Assert.Contains("file too short", reason, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', reason);
    }

    [Fact]
    public void Threads_hold_whatever_the_device()
    {
        var compute = new ComputeOptions { Device = "cuda:99", Threads = 1 };
        Assert.Throws<UserErrorException>(() => compute.Prepare());
        Assert.Equal(1, TorchRuntime.Threads);
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);
}
