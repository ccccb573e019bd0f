using PerceptionEncoder.Tensors;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tests.Tensors;

public class ProcessUsageTests
{
    [SkippableFact]
    public void Touching_fresh_memory_shows_as_page_faults_and_as_resident_bytes()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "page faults are counted on Linux");
        TorchRuntime.Initialize();
        var before = ProcessUsage.Read();
        using var block = ones(64 << 20, dtype: uint8);
        var after = ProcessUsage.Read();

        Assert.True(after.PageFaults > before.PageFaults);
        Assert.True(after.ResidentBytes > before.ResidentBytes);
        Assert.True(after.PeakResidentBytes >= before.ResidentBytes);
        Assert.True(after.SystemSeconds + after.UserSeconds >= before.SystemSeconds + before.UserSeconds);
    }

    [Fact]
    public void A_thread_count_of_zero_is_an_error_of_one_line()
    {
        var error = Assert.Throws<UserErrorException>(() => TorchRuntime.Threads = 0);
        Assert.Contains("threads", error.Message);
    }
}
