using System.Globalization;
using System.Text.Json;
using PerceptionEncoder.Configuration;
using PerceptionEncoder.Optimization;
using PerceptionEncoder.Serialization.Weights;
using static TorchSharp.torch;
using Parameter = TorchSharp.Modules.Parameter;

namespace PerceptionEncoder.Tests.Golden;

/// <summary>LAMB as timm and AdamW as PyTorch compute them: every recorded run, after every step.</summary>
public class OptimizerGoldenTests
{
    // float32 round-off of ten steps at learning rate 2e-3: updates are of size 1, so their error reaches the weights 500 times smaller.
    private const double Tolerance = 1e-6;

    public static TheoryData<string, string, bool> Runs()
    {
        var rows = new TheoryData<string, string, bool>();
        foreach (var file in GoldenFolder.Cases("lamb*.safetensors"))
        {
            string[] runs = [GoldenFolder.Absent];
            if (file != GoldenFolder.Absent)
            {
                using var golden = GoldenFolder.Open(file);
                runs = GoldenFolder.Config(golden).GetProperty("runs").EnumerateObject().Select(run => run.Name).ToArray();
            }

            foreach (var run in runs)
            {
                rows.Add(file, run, false);
                rows.Add(file, run, true);
            }
        }

        return rows;
    }

    [SkippableTheory]
    [MemberData(nameof(Runs))]
    public void Weights_after_every_step_and_the_last_moments_equal_the_recorded_ones(string file, string run, bool tensorOperationsOnly)
    {
        using var golden = GoldenFolder.Open(file);
        using var scope = NewDisposeScope();
        var config = GoldenFolder.Config(golden);
        var recorded = config.GetProperty("runs").GetProperty(run);
        var options = Options(recorded);
        var parameters = config.GetProperty("shapes").EnumerateObject()
            .Select(shape => (shape.Name, Parameter: new Parameter(golden.Read($"in/param/{shape.Name}")))).ToArray();
        var groups = Groups(recorded.GetProperty("groups").GetString()!, parameters, options.WeightDecay);
        using Optimizer optimizer = options.Type switch
        {
            OptimizerKind.Lamb => new Lamb(groups, options) { TensorOperationsOnly = tensorOperationsOnly },
            OptimizerKind.Adamw => new AdamW(groups, options) { TensorOperationsOnly = tensorOperationsOnly },
            var other => throw new InvalidOperationException($"{other} has no recorded runs"),
        };

        for (var step = 1; step <= config.GetProperty("steps").GetInt32(); step++)
        {
            foreach (var (name, parameter) in parameters)
            {
                parameter.grad = golden.Read($"in/grad/step{step}/{name}");
            }

            optimizer.Step(
                recorded.GetProperty("lr_schedule") is { ValueKind: JsonValueKind.Array } rates
                    ? rates[step - 1].GetDouble()
                    : options.LearningRate);
            foreach (var (name, parameter) in parameters)
            {
                AssertClose(golden, $"out/{run}/step{step}/{name}", parameter);
            }
        }

        foreach (var (name, state) in optimizer.StateTensors())
        {
            AssertClose(golden, $"out/{run}/final_{name}", state);
        }
    }

    private static void AssertClose(SafetensorsFile golden, string name, Tensor actual)
    {
        var difference = GoldenFolder.MaxDifference(golden.Read(name), actual);
        Assert.True(difference <= Tolerance, string.Create(CultureInfo.InvariantCulture, $"{name} differs by {difference:E2}"));
    }

    private static OptimizerOptions Options(JsonElement run)
    {
        string[] known =
        [
            "optimizer", "lr", "lr_schedule", "betas", "eps", "weight_decay", "groups", "max_grad_norm", "bias_correction", "trust_clip",
            "always_adapt", "decoupled_decay",
        ];
        Assert.Empty(run.EnumerateObject().Select(property => property.Name).Except(known));
        bool Flag(string name, bool otherwise) => run.TryGetProperty(name, out var value) ? value.GetBoolean() : otherwise;
        return new OptimizerOptions
        {
            Type = Enum.Parse<OptimizerKind>(run.GetProperty("optimizer").GetString()!, ignoreCase: true),
            LearningRate = run.GetProperty("lr").GetDouble(),
            Betas = new Interval(run.GetProperty("betas")[0].GetDouble(), run.GetProperty("betas")[1].GetDouble()),
            Eps = run.GetProperty("eps").GetDouble(),
            WeightDecay = run.GetProperty("weight_decay").GetDouble(),
            ClipGradNorm = run.TryGetProperty("max_grad_norm", out var limit) && limit.ValueKind == JsonValueKind.Number
                ? limit.GetDouble()
                : null,
            BiasCorrection = Flag("bias_correction", true),
            TrustClip = Flag("trust_clip", false),
            AlwaysAdapt = Flag("always_adapt", false),
            DecoupledDecay = Flag("decoupled_decay", false),
        };
    }

    private static IReadOnlyList<ParameterGroup> Groups(
        string kind,
        (string Name, Parameter Parameter)[] parameters,
        double weightDecay) => kind switch
    {
        _ when kind.StartsWith("one group", StringComparison.Ordinal) => [new ParameterGroup(parameters, weightDecay)],
        _ when kind.StartsWith("ndim>=2: weight_decay", StringComparison.Ordinal) =>
        [
            new ParameterGroup([.. parameters.Where(entry => entry.Parameter.dim() >= 2)], weightDecay),
            new ParameterGroup([.. parameters.Where(entry => entry.Parameter.dim() < 2)], 0),
        ],
        _ => throw new InvalidOperationException($"parameter groups '{kind}' are unknown to this test"),
    };
}
