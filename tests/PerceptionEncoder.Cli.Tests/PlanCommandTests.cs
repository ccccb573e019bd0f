using System.Text.Json;

namespace PerceptionEncoder.Cli.Tests;

/// <summary><c>--plan</c> for a cluster: nothing is launched, and no device is there.</summary>
public sealed class PlanCommandTests(TinyRun tiny) : IClassFixture<TinyRun>
{
    private static string Published => Path.Combine(Repository.Root, "configs/pretrain/pe-core-b16.yaml");

    [Fact]
    public void A_published_run_is_planned_for_256_devices_with_figures_for_machines()
    {
        var file = Path.Combine(tiny.Folder, "plan.json");
        var (code, output, error) = PeProcess.Run(
            "pretrain", "--config", Published, "--plan", "--world", "256", "--device", "h100", "--network", "400Gbps",
            "--cost-per-hour", "2.5", "--json", file);
        Assert.True(code == 0, error);
        Assert.Contains("each of 256 ranks: 512 pairs a step, encoded in micro-batches of 256, twice", output, StringComparison.Ordinal);
        Assert.Contains("in all: ", output, StringComparison.Ordinal);

        using var plans = JsonDocument.Parse(File.ReadAllText(file));
        var plan = Assert.Single(plans.RootElement.EnumerateArray());
        Assert.Equal(4, plan.GetProperty("stages").GetArrayLength());
        var (hours, cost) = (plan.GetProperty("hours").GetDouble(), plan.GetProperty("cost").GetDouble());
        Assert.InRange(hours, 1, 1000);
        Assert.Equal(hours * 256 * 2.5, cost, 1e-6 * cost);
    }

    [Fact]
    public void Several_worlds_and_a_measured_rate_give_a_table()
    {
        var (code, output, error) = PeProcess.Run(
            "pretrain", "--config", Published, "--plan", "--world", "8,64,512", "--device", "cpu", "--pairs-per-second", "1600");
        Assert.True(code == 0, error);
        Assert.Contains("in all,     8 ranks: ", output, StringComparison.Ordinal);
        Assert.Contains("1600 pairs/s of each at the last stage's resolution", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--world 256", "--world: says what --plan plans for")]
    [InlineData("--plan --world zero", "--world zero: is no number of ranks")]
    [InlineData("--plan --world 0", "--world 0: is no number of ranks")]
    [InlineData("--plan --world 8,,512", "is no number of ranks")]
    [InlineData("--plan --world 65536", "stages[0].batch: 131072 cannot be dealt to 65536 ranks")]
    [InlineData("--plan --world 7", "stages[0].batch: 131072 samples cannot be dealt evenly to 7 ranks")]
    [InlineData("--plan --world 65537", "--world 65537: is no number of ranks")]
    [InlineData("--plan --world 8 --device tpu", "--device tpu: is not known")]
    [InlineData("--plan --world 8 --device cpu", "--pairs-per-second")]
    [InlineData("--plan --world 8 --network 400", "--network 400: is no rate")]
    [InlineData("--plan --world 8 --utilization 30", "--utilization 30: must be more than 0 and at most 1")]
    [InlineData("--plan --world 8 --utilization 0.3 --pairs-per-second 10", "give one of them")]
    [InlineData("--plan --world 8 --cost-per-hour -1", "--cost-per-hour -1: must be more than 0")]
    public void A_plan_for_what_cannot_be_is_one_line(string options, string says)
    {
        var (code, output, error) = PeProcess.Run(["pretrain", "--config", Published, .. options.Split(' ')]);
        Assert.Equal(2, code);
        Assert.Contains(says, Assert.Single(error.TrimEnd().Split('\n')), StringComparison.Ordinal);
        Assert.Empty(output);
    }
}
