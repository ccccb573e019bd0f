using PerceptionEncoder.Tools.Doctor;

namespace PerceptionEncoder.Tests.Tools.Doctor;

public sealed class NativeLibrariesTests
{
    [Fact]
    public void What_is_there_has_a_file_and_a_version_and_what_is_missing_a_command_that_gets_it()
    {
        var libraries = NativeLibraries.Find();
        Assert.Equal(
            ["libtorch", "CUDA of libtorch", "libjpeg-turbo", "ffmpeg", "libavfilter", "jemalloc", "MPI", "NCCL"],
            libraries.Select(library => library.Name));
        Assert.All(libraries, library =>
        {
            Assert.True(library.Path is null ? library.Install is { Length: > 0 } : library.Install is null, library.Name);
            Assert.True(library.Path is null || File.Exists(library.Path), library.Path);
        });
        Assert.StartsWith("2.", libraries[0].Version, StringComparison.Ordinal);
        Assert.Contains("torch_cpu", libraries[0].Path, StringComparison.Ordinal);
    }

    [Fact]
    public void The_machine_has_cores_memory_and_a_disk()
    {
        var machine = MachineDescription.Read();
        Assert.Equal(Environment.ProcessorCount, machine.Cores);
        Assert.NotEmpty(machine.Processor);
        Assert.True(machine.MemoryBytes > 1 << 28 && machine.FreeDiskBytes > 0);
    }

    [Fact]
    public void Lines_of_nvidia_smi_are_devices_with_their_memory_and_driver()
    {
        var devices = NvidiaDevices.Parse(["NVIDIA H100 80GB HBM3, 81559, 550.54.15", "NVIDIA GB10, [N/A], 580.95.05", "odd"]);
        Assert.Equal(
            [
                new MachineDevice("NVIDIA H100 80GB HBM3", 81559L << 20, "550.54.15"),
                new MachineDevice("NVIDIA GB10", 0, "580.95.05"),
            ],
            devices);
    }
}
