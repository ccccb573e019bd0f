using CsCheck;
using PerceptionEncoder.Optimization;
using PerceptionEncoder.Serialization.Weights;
using PerceptionEncoder.Tensors;
using PerceptionEncoder.Tests.Golden;
using static TorchSharp.torch;
using OptimizerOptions = PerceptionEncoder.Optimization.OptimizerOptions;
using Parameter = TorchSharp.Modules.Parameter;

namespace PerceptionEncoder.Tests.Optimization;

public class OptimizerTests
{
    public OptimizerTests() => TorchRuntime.Initialize();

    [Theory]
    [InlineData(OptimizerKind.Lamb)]
    [InlineData(OptimizerKind.Adamw)]
    public void Vector_instructions_and_tensor_operations_agree_whatever_the_length(OptimizerKind kind)
        => Gen.Select(Gen.Int[1, 70_000], Gen.Double[1e-4, 0.1], Gen.Bool, Gen.Bool).Sample(
            (length, decay, trustClip, decoupled) =>
            {
                using var scope = NewDisposeScope();
                var options = new OptimizerOptions
                {
                    Type = kind,
                    WeightDecay = decay,
                    TrustClip = trustClip,
                    DecoupledDecay = decoupled,
                    Decay = DecayRule.All,
                };
                var (vectors, tensors) = (Weights(length, 3), Weights(length, 3));
                using var fast = Make(options, vectors, tensorOperationsOnly: false);
                using var plain = Make(options, tensors, tensorOperationsOnly: true);
                for (var step = 0; step < 3; step++)
                {
                    Push(vectors, step);
                    Push(tensors, step);
                    fast.Step(1e-2);
                    plain.Step(1e-2);
                }

                Assert.All(
                    vectors.Zip(tensors),
                    pair => Assert.InRange(GoldenFolder.MaxDifference(pair.First.Parameter, pair.Second.Parameter), 0, 1e-6));
            },
            iter: 20,
            threads: 1);

    [Fact]
    public void A_step_is_the_same_to_the_last_bit_on_any_number_of_threads()
    {
        var threads = get_num_threads();
        try
        {
            using var scope = NewDisposeScope();
            var (one, many) = (Weights(200_000, 2), Weights(200_000, 2));
            set_num_threads(1);
            Train(one, steps: 3);
            set_num_threads(4);
            Train(many, steps: 3);
            AssertSame(one, many);
        }
        finally
        {
            set_num_threads(threads);
        }
    }

    [Theory]
    [InlineData(OptimizerKind.Lamb)]
    [InlineData(OptimizerKind.Adamw)]
    public void A_run_continued_from_saved_state_equals_an_uninterrupted_one_to_the_last_bit(OptimizerKind kind)
    {
        using var scope = NewDisposeScope();
        var path = Path.Combine(Directory.CreateTempSubdirectory("pe-test-").FullName, "optimizer.safetensors");
        var options = new OptimizerOptions { Type = kind };
        var (whole, parted) = (Weights(5000, 4), Weights(5000, 4));
        using var uninterrupted = options.Create(whole);
        Train(whole, uninterrupted, 0, 6);
        using (var before = options.Create(parted))
        {
            Train(parted, before, 0, 3);
            SafetensorsWriter.Write(path, before.StateTensors());
        }

        using var after = options.Create(parted);
        using (var file = SafetensorsFile.Open(path))
        {
            after.LoadState(3, file.ReadInto);
        }

        Train(parted, after, 3, 6);
        AssertSame(whole, parted);
        Assert.Equal(6, after.Steps);
        Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);
    }

    [Fact]
    public void State_of_other_parameters_is_refused_by_name()
    {
        using var scope = NewDisposeScope();
        var path = Path.Combine(Directory.CreateTempSubdirectory("pe-test-").FullName, "optimizer.safetensors");
        using var optimizer = new OptimizerOptions().Create(Weights(10, 2));
        SafetensorsWriter.Write(path, [("exp_avg/other", zeros(10))]);
        using (var file = SafetensorsFile.Open(path))
        {
            var refusal = Assert.Throws<UserErrorException>(() => optimizer.LoadState(3, file.ReadInto));
            Assert.Contains("exp_avg/weight", refusal.Message, StringComparison.Ordinal);
            Assert.Equal(0, optimizer.Steps);
        }

        Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);
    }

    [Fact]
    public void A_parameter_without_a_gradient_stays_as_it_is()
    {
        using var scope = NewDisposeScope();
        var parameters = Weights(100, 2);
        var before = parameters.Select(entry => entry.Parameter.detach().clone()).ToArray();
        using var optimizer = new OptimizerOptions { Decay = DecayRule.All }.Create(parameters);
        parameters[0].Parameter.grad = ones(parameters[0].Parameter.shape);
        optimizer.Step(0.1);
        Assert.True(GoldenFolder.MaxDifference(before[0], parameters[0].Parameter) > 0);
        Assert.Equal(0, GoldenFolder.MaxDifference(before[1], parameters[1].Parameter));
    }

    [Fact]
    public void A_gradient_that_is_not_contiguous_counts_like_a_contiguous_one()
    {
        using var scope = NewDisposeScope();
        (string, Parameter)[] plain = [("w", new Parameter(ones(6, 4)))];
        (string, Parameter)[] turned = [("w", new Parameter(ones(6, 4)))];
        var gradient = arange(24, dtype: float32).view(4, 6) - 11;
        plain[0].Item2.grad = gradient.t().contiguous();
        turned[0].Item2.grad = gradient.t();
        using var first = new OptimizerOptions().Create(plain);
        using var second = new OptimizerOptions().Create(turned);
        first.Step(0.1);
        second.Step(0.1);
        Assert.InRange(GoldenFolder.MaxDifference(plain[0].Item2, turned[0].Item2), 0, 1e-7);
    }

    [Fact]
    public void Clipping_bounds_the_global_norm_in_place_and_reports_the_norm_before_it()
    {
        using var scope = NewDisposeScope();
        var parameters = Weights(9, 4);
        foreach (var (_, parameter) in parameters)
        {
            parameter.grad = ones(parameter.shape);
        }

        using var optimizer = new OptimizerOptions { ClipGradNorm = 2 }.Create(parameters);
        optimizer.Step(0.1);
        Assert.Equal(6, optimizer.GradientNorm(), 1e-6);
        Assert.Equal(2, Math.Sqrt(parameters.Sum(entry => Math.Pow(entry.Parameter.grad!.norm().item<float>(), 2))), 1e-6);
    }

    [Fact]
    public void Gradients_of_micro_batches_add_up_and_those_of_the_step_before_are_gone()
    {
        using var scope = NewDisposeScope();
        var parameter = new Parameter(ones(3));
        using var optimizer = new OptimizerOptions().Create([("w", parameter)]);
        void Backward(double factor) => (parameter * factor).sum().backward();

        Backward(5);
        optimizer.ZeroGradients();
        Assert.Null(parameter.grad);
        Backward(2);
        Backward(3);
        Assert.Equal([5, 5, 5], parameter.grad!.data<float>().ToArray());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Weights_that_are_all_zero_move_by_the_learning_rate(bool tensorOperationsOnly)
    {
        using var scope = NewDisposeScope();
        (string Name, Parameter Parameter)[] parameters = [("w", new Parameter(zeros(2, 3)))];
        parameters[0].Parameter.grad = full([2, 3], 0.5, float32);
        using var optimizer = Make(new OptimizerOptions(), parameters, tensorOperationsOnly);
        optimizer.Step(0.1);
        Assert.InRange(GoldenFolder.MaxDifference(full([2, 3], -0.1, float32), parameters[0].Parameter), 0, 1e-5);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(1500)]
    [InlineData(2000)]
    public void Lists_of_any_length_give_the_same_update(long listLength)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var (whole, parted) = (Slots(), Slots());
        ForeachUpdate.Apply(whole);
        ForeachUpdate.Apply(parted, listLength);
        Assert.All(
            whole.Zip(parted),
            pair => Assert.Equal(0, GoldenFolder.MaxDifference(pair.First.Slot.Parameter, pair.Second.Slot.Parameter)));
        Assert.All(whole, update => Assert.True(update.Slot.Second.min().item<float>() > 0));

        static (MomentSlot Slot, Tensor Gradient, AdamRule Rule)[] Slots()
        {
            var rule = new AdamRule
            {
                Beta1 = 0.9, Beta2 = 0.95, FirstScale = 10, RootScale = 4, Eps = 1e-6, Rate = 0.1, CoupledDecay = 0.05,
            };
            return [.. Weights(1000, 5).Select((entry, i) => (
                new MomentSlot(entry.Name, entry.Parameter, 0, 1, zeros_like(entry.Parameter), zeros_like(entry.Parameter)),
                full_like(entry.Parameter, 0.1 + i),
                rule with { Adapt = i % 2 == 0 }))];
        }
    }

    [Theory]
    [InlineData(OptimizerKind.Lamb)]
    [InlineData(OptimizerKind.Adamw)]
    public void No_number_of_a_step_beside_the_CPU_travels_to_the_host(OptimizerKind kind)
    {
        // Tensors without memory: reading one is an error.
        using var scope = NewDisposeScope();
        (string Name, Parameter Parameter)[] parameters =
        [
            ("weight", new Parameter(zeros(3, 4, device: META))),
            ("bias", new Parameter(zeros(4, device: META))),
        ];
        using var optimizer = Make(
            new OptimizerOptions { Type = kind, ClipGradNorm = 1, TrustClip = true }, parameters, tensorOperationsOnly: false);
        foreach (var (_, parameter) in parameters)
        {
            parameter.grad = zeros_like(parameter);
        }

        optimizer.Step(0.1);
        Assert.Throws<System.Runtime.InteropServices.ExternalException>(() => optimizer.GradientNorm());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Steps_leave_no_tensors_behind(bool tensorOperationsOnly)
    {
        using var scope = NewDisposeScope();
        var parameters = Weights(1000, 3);
        Push(parameters, 0);
        using var optimizer = Make(new OptimizerOptions { ClipGradNorm = 1 }, parameters, tensorOperationsOnly);
        optimizer.Step(0.1);
        var before = LiveTensors.Count();
        for (var i = 0; i < 5; i++)
        {
            optimizer.Step(0.1);
        }

        Assert.Equal(before, Tensor.TotalCount);
    }

    private static Optimizer Make(OptimizerOptions options, (string Name, Parameter Parameter)[] parameters, bool tensorOperationsOnly)
    {
        var groups = ParameterGroup.Split(parameters, options.Decay, options.WeightDecay);
        return options.Type == OptimizerKind.Lamb
            ? new Lamb(groups, options) { TensorOperationsOnly = tensorOperationsOnly }
            : new AdamW(groups, options) { TensorOperationsOnly = tensorOperationsOnly };
    }

    private static (string Name, Parameter Parameter)[] Weights(int length, int count)
        => [.. Enumerable.Range(0, count)
            .Select(i => (
                $"weight{i}",
                new Parameter((arange(length, dtype: float32) * (0.7 + i)).sin().mul(0.1).view(i % 2 == 0 ? [length] : [1, length]))))];

    /// <summary>Gradients that are a function of the step alone; the last parameter's are zero.</summary>
    private static void Push((string Name, Parameter Parameter)[] parameters, int step)
    {
        foreach (var (name, parameter) in parameters)
        {
            var last = name == parameters[^1].Name;
            parameter.grad = (arange(parameter.numel(), dtype: float32) * (1.3 + step)).cos().mul(last ? 0 : 0.01).view(parameter.shape);
        }
    }

    private static void Train((string Name, Parameter Parameter)[] parameters, int steps)
    {
        using var optimizer = new OptimizerOptions { Decay = DecayRule.All }.Create(parameters);
        Train(parameters, optimizer, 0, steps);
    }

    private static void Train((string Name, Parameter Parameter)[] parameters, Optimizer optimizer, int from, int to)
    {
        for (var step = from; step < to; step++)
        {
            Push(parameters, step);
            optimizer.Step(1e-2);
        }
    }

    private static void AssertSame((string Name, Parameter Parameter)[] expected, (string Name, Parameter Parameter)[] actual)
        => Assert.All(
            expected.Zip(actual),
            pair => Assert.Equal(0, GoldenFolder.MaxDifference(pair.First.Parameter, pair.Second.Parameter)));
}
