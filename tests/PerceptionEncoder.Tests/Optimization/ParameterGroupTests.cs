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
        Assert.Equal(
            ["visual.conv1.weight", "visual.proj", "token_embedding.weight"],
            Names(Assert.Single(groups, group => group.WeightDecay == 0.05)));
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

    [Fact]
    public void Layer_wise_rates_shrink_from_the_top_down()
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var parameters = new[] { "low", "middle", "top" }.Select(name => (name, Parameter: new Parameter(ones(4, 4)))).ToArray();
        using var optimizer = new OptimizerOptions { Type = OptimizerKind.Adamw, WeightDecay = 0, LayerDecay = 0.5 }
            .Create(parameters, name => name switch { "top" => 0, "middle" => 1, _ => 2 });
        foreach (var (_, parameter) in parameters)
        {
            parameter.grad = ones(4, 4);
        }

        optimizer.Step(0.1);
        var moved = parameters.Select(entry => 1 - entry.Parameter[0, 0].item<float>()).ToArray();
        Assert.Equal([0.025f, 0.05f, 0.1f], moved.Select(value => MathF.Round(value, 4)));
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
