using PerceptionEncoder.Recipes;
using PerceptionEncoder.Tensors;
using PerceptionEncoder.Training;
using Serilog;
using Serilog.Core;
using Serilog.Events;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tests.Training;

public sealed class ResumedComputeTests : IDisposable
{
    private readonly string output = Directory.CreateTempSubdirectory("pe-resumed-").FullName;
    private readonly RunFolder folder;
    private readonly Lines lines = new();
    private readonly Logger log;
    private CpuMatmul? prepared;

    public ResumedComputeTests()
    {
        folder = RunFolder.Open(new RunOptions { Name = "run", Output = output });
        log = new LoggerConfiguration().WriteTo.Sink(lines).CreateLogger();
    }

    [Theory]
    [InlineData("mkl", CpuMatmul.Mkl)]
    [InlineData("one_dnn", CpuMatmul.OneDnn)]
    public void A_run_that_goes_on_keeps_the_library_it_began_with(string recorded, CpuMatmul expected)
    {
        Leave(recorded);
        Prepare(CpuMatmul.Auto);
        Assert.Equal(expected, prepared);
        Assert.Empty(lines.Written);
    }

    [Fact]
    public void Another_library_that_is_asked_for_is_taken_and_told_of()
    {
        Leave("one_dnn");
        Prepare(CpuMatmul.Mkl);
        Assert.Equal(CpuMatmul.Mkl, prepared);
        Assert.Equal(
            "compute.cpu_matmul: mkl as asked; the run so far was multiplied by one_dnn, so that its last digits change here",
            Assert.Single(lines.Written));
    }

    [Fact]
    public void A_machine_that_cannot_multiply_as_the_run_did_is_one_line_with_the_way_on()
    {
        Leave("one_dnn");
        var message = Assert.Throws<UserErrorException>(() => ResumedCompute.Prepare(
            new ComputeOptions(),
            folder,
            log,
            _ => throw new UserErrorException("cpu_matmul: one_dnn rounds."))).Message;
        Assert.StartsWith(folder.Config, message, StringComparison.Ordinal);
        Assert.Contains("--set compute.cpu_matmul=mkl", message);
        Assert.DoesNotContain('\n', message);
    }

    [Fact]
    public void A_run_that_begins_takes_what_its_config_says()
    {
        Prepare(CpuMatmul.Auto);
        Assert.Equal(CpuMatmul.Auto, prepared);
        File.WriteAllText(folder.Config, "compute: {cpu_matmul: one_dnn}\n");       // of a run that never reached a checkpoint
        Prepare(CpuMatmul.Auto);
        Assert.Equal(CpuMatmul.Auto, prepared);
    }

    [Theory]
    [InlineData("bf16", Precision.Auto, Precision.Bf16)]
    [InlineData("fp32", Precision.Auto, Precision.Fp32)]
    [InlineData("fp32", Precision.Bf16, Precision.Bf16)]
    [InlineData("auto", Precision.Auto, Precision.Fp32)]
    [InlineData("3", Precision.Auto, Precision.Fp32)]
    public void A_run_goes_on_in_its_precision_unless_another_is_asked_for(string recorded, Precision asked, Precision taken)
    {
        Leave("mkl", $"precision: {recorded}\n");
        Assert.Equal(taken, ResumedCompute.Settle(asked, folder, CPU));
    }

    [Fact]
    public void A_run_that_begins_is_of_the_precision_that_suits_the_device()
    {
        File.WriteAllText(folder.Config, "precision: bf16\n");           // of a run that never reached a checkpoint
        Assert.Equal(Precision.Fp32, ResumedCompute.Settle(Precision.Auto, folder, CPU));
    }

    [Fact]
    public void What_is_written_down_is_what_multiplied()
    {
        var compute = new ComputeOptions { Device = DeviceKind.Cpu };
        var settled = compute.Settled(compute.Prepare());
        Assert.Equal(MatmulBackend.Current, settled.CpuMatmul);
        Assert.NotEqual(CpuMatmul.Auto, settled.CpuMatmul);
        Assert.Equal($"fp32 by {MatmulBackend.Name}", Precision.Fp32.Products(CPU));
    }

    public void Dispose()
    {
        log.Dispose();
        folder.Dispose();
        Directory.Delete(output, recursive: true);
    }

    /// <summary>A run folder with a checkpoint.</summary>
    private void Leave(string recorded, string more = "")
    {
        File.WriteAllText(folder.Config, $"{more}run: {{name: run}}\ncompute:\n  device: cpu\n  cpu_matmul: {recorded}\n");
        Directory.CreateDirectory(Path.Combine(folder.Checkpoints, "step-00000003"));
        File.WriteAllText(Path.Combine(folder.Checkpoints, "latest"), "step-00000003\n");
    }

    private void Prepare(CpuMatmul asked) => ResumedCompute.Prepare(new ComputeOptions { CpuMatmul = asked }, folder, log, compute =>
    {
        prepared = compute.CpuMatmul;
        return CPU;
    });

    private sealed class Lines : ILogEventSink
    {
        public List<string> Written { get; } = [];

        public void Emit(LogEvent logEvent) => Written.Add(logEvent.RenderMessage(System.Globalization.CultureInfo.InvariantCulture));
    }
}
