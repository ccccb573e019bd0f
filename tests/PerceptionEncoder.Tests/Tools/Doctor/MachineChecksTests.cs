using PerceptionEncoder.Tensors;
using PerceptionEncoder.Tools.Doctor;

namespace PerceptionEncoder.Tests.Tools.Doctor;

public sealed class MachineChecksTests
{
    public MachineChecksTests() => TorchRuntime.Initialize();

    [Fact]
    public void Every_check_passes_on_this_machine_and_is_told_as_it_ends()
    {
        var told = new List<MachineCheck>();
        var (device, checks) = MachineChecks.Run("cpu", quick: false, told.Add);
        Assert.Equal("cpu", device);
        Assert.Equal(told, checks);
        Assert.True(
            checks.All(check => check.Passed),
            string.Join('\n', checks.Where(check => !check.Passed).Select(check => $"{check.Name}: {check.Figure}. {check.Advice}")));
        Assert.All(checks, check => Assert.Null(check.Advice));
        Assert.Equal(checks.Count, checks.Select(check => check.Name).Distinct().Count());
    }

    [Fact]
    public void The_quick_checks_are_the_first_of_all()
    {
        var quick = MachineChecks.Run("cpu", quick: true, _ => { }).Checks;
        Assert.InRange(quick.Count, 8, 13);
        Assert.Contains(quick, check => check.Name.Contains("one process", StringComparison.Ordinal));
        Assert.Contains(quick, check => check.Name == "float32 products by mkl, against float64");
        Assert.Contains(quick, check => check.Name == "float32 products by one_dnn, against float64");
        Assert.All(quick, check => Assert.True(check.Passed, check.Name));
    }

    [Fact]
    public void The_matmul_library_in_use_comes_back()
    {
        MachineChecks.Run("cpu", quick: true, _ => { });
        Assert.Equal(CpuMatmul.Mkl, MatmulBackend.Current);
    }

    [SkippableFact]
    public void A_device_that_is_not_there_is_one_line()
    {
        Skip.If(TorchSharp.torch.cuda.is_available(), "this machine has a CUDA device");
        Action[] ways = [() => MachineChecks.Run("cuda:1", quick: true, _ => { }), () => MachineChecks.Require("cuda:1")];
        foreach (var way in ways)
        {
            var missing = Assert.Throws<UserErrorException>(way);
            Assert.Contains("cuda", missing.Message, StringComparison.Ordinal);
            Assert.DoesNotContain('\n', missing.Message);
        }
    }

    [Theory]
    [InlineData(1e-6, true)]
    [InlineData(1e-5, true)]
    [InlineData(2e-5, false)]
    [InlineData(double.NaN, false)]
    [InlineData(double.PositiveInfinity, false)]
    public void A_figure_keeps_to_its_limit_or_the_advice_is_given(double figure, bool passes)
    {
        var check = MachineCheck.AtMost(1e-5, "sums", "Do something.", () => figure);
        Assert.Equal((passes, passes ? null : "Do something."), (check.Passed, check.Advice));
    }

    [Fact]
    public void A_check_that_cannot_be_computed_has_failed_and_says_why()
    {
        var check = MachineCheck.AtLeast(
            1,
            "sums",
            "Update the driver.",
            () => throw new InvalidOperationException("no kernel\nat line 3"));
        Assert.False(check.Passed);
        Assert.Equal((double.NaN, "no kernel Update the driver."), (check.Figure, check.Advice));
        Assert.Throws<OperationCanceledException>(() => MachineCheck.AtMost(1, "", "", () => throw new OperationCanceledException()));
    }
}
