using PerceptionEncoder.Configuration;
using PerceptionEncoder.Evaluation;
using PerceptionEncoder.Evaluation.Probes;

namespace PerceptionEncoder.Tests.Evaluation;

public sealed class LayerSweepConfigTests
{
    [Fact]
    public void The_shipped_config_is_valid()
    {
        var config = ConfigLoader.Load<LayerSweepConfig>(
            Path.Combine(RepositoryPaths.Root, "configs/eval/cifar10-layers.yaml"),
            [],
            _ => null).Value;
        Assert.Equal([ProbeTask.Knn, ProbeTask.Linear, ProbeTask.Attention, ProbeTask.Zeroshot], config.Sets[0].Tasks);
        Assert.Empty(config.Problems());
    }

    [Fact]
    public void Names_that_would_write_to_one_file_are_problems()
    {
        var set = new SweptSet { Set = new ProbeSetOptions { Name = "a", Data = "." }, Tasks = [] };
        var problems = new LayerSweepConfig
        {
            Name = "x",
            Models = [new SweptModel { Name = "a", Checkpoint = "." }],
            Sets = [set, set with { Tasks = [ProbeTask.Knn] }],
        }.Problems();
        Assert.Equal(["sets[0].tasks", ""], problems.Select(problem => problem.Key));
        Assert.Contains(new LayerSweepConfig { Name = "x", Models = [] }.Problems(), problem => problem.Key == "models");
    }
}
