using PerceptionEncoder.Optimization;
using PerceptionEncoder.Tensors;
using static TorchSharp.torch;
using Parameter = TorchSharp.Modules.Parameter;

namespace PerceptionEncoder.Tests.Optimization;

public class ParameterGroupTests
{
    public ParameterGroupTests() => TorchRuntime.Initialize();

    [Fact]
    public void Only_matrices_and_kernels_decay_by_default()
    {
        using var scope = NewDisposeScope();
        var groups = ParameterGroup.Split(Parameters(), DecayRule.Matrices, 0.05);
        Assert.Equal(["visual.conv1.weight", "visual.proj", "token_embedding.weight"], Names(Assert.Single(groups, group => group.WeightDecay == 0.05)));
        Assert.Equal(
            ["logit_scale", "visual.class_embedding", "visual.positional_embedding", "positional_embedding", "visual.ln_post.bias"],
            Names(Assert.Single(groups, group => group.WeightDecay == 0)));
    }

    [Fact]
    public void One_group_holds_everything_where_all_decay()
    {
        using var scope = NewDisposeScope();
        var parameters = Parameters();
        var group = Assert.Single(ParameterGroup.Split(parameters, DecayRule.All, 0.05));
        Assert.Equal(parameters.Select(entry => entry.Name), Names(group));
    }

    private static (string Name, Parameter Parameter)[] Parameters() =>
    [
        ("logit_scale", new Parameter(zeros([]))),
        ("visual.class_embedding", new Parameter(zeros(4))),
        ("visual.positional_embedding", new Parameter(zeros(5, 4))),
        ("visual.conv1.weight", new Parameter(zeros(4, 3, 2, 2))),
        ("visual.proj", new Parameter(zeros(4, 4))),
        ("positional_embedding", new Parameter(zeros(5, 4))),
        ("token_embedding.weight", new Parameter(zeros(5, 4))),
        ("visual.ln_post.bias", new Parameter(zeros(4))),
    ];

    private static IEnumerable<string> Names(ParameterGroup group) => group.Parameters.Select(entry => entry.Name);
}
