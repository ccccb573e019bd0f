using PerceptionEncoder.Tensors;
using PerceptionEncoder.Training;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tests.Training;

public sealed class WeightAverageTests : IDisposable
{
    private readonly Linear model;

    public WeightAverageTests()
    {
        TorchRuntime.Initialize();
        manual_seed(1);
        model = nn.Linear(3, 2);
    }

    [Fact]
    public void The_average_follows_by_the_closed_form_of_its_decay()
    {
        using var average = new WeightAverage(model, new EmaOptions { Decay = 0.5 });
        var expected = Values(model.weight).ToArray();
        for (var step = 1; step <= 30; step++)
        {
            Add(0.1f * step);
            average.Update(step);
            var keep = Math.Min(0.5, (1.0 + step) / (10.0 + step));
            expected = expected.Zip(Values(model.weight), (mean, weight) => (float)((keep * mean) + ((1 - keep) * weight))).ToArray();
        }

        Assert.All(
            expected.Zip(Values(average.Tensors.Single(entry => entry.Name == "weight").Tensor)),
            pair => Assert.Equal(pair.First, pair.Second, 1e-4f));
    }

    [Fact]
    public void Put_into_the_model_it_takes_the_weights_place_and_gives_it_back_to_the_bit()
    {
        using var average = new WeightAverage(model, new EmaOptions());
        var start = Values(model.weight);
        Add(1);
        var trained = Values(model.weight);
        using (average.PutIntoModel())
        {
            Assert.Equal(start, Values(model.weight));
        }

        Assert.Equal(trained, Values(model.weight));
        Assert.Equal(start, Values(average.Tensors.Single(entry => entry.Name == "weight").Tensor));
    }

    public void Dispose() => model.Dispose();

    private static float[] Values(Tensor tensor) => tensor.data<float>().ToArray();

    private void Add(float value)
    {
        using var noGradient = no_grad();
        model.weight.add_(value);
    }
}
