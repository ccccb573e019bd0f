using TorchSharp.Modules;
using static TorchSharp.torch;
using OptimizerOptions = PerceptionEncoder.Optimization.OptimizerOptions;

namespace PerceptionEncoder.Tools.Doctor;

/// <summary>Whether LAMB moves weights on a device as the paper writes it.</summary>
internal static class OptimizerCheck
{
    private const double Limit = 1e-5;
    private const int Steps = 20;
    private const int Rows = 300;
    private const int Columns = 70;
    private const double Rate = 1e-2;

    /// <summary>A matrix, which decays and adapts, and a vector, which does neither, over 20 steps.</summary>
    public static MachineCheck Lamb(Device device) => Lamb(device, new OptimizerOptions());

    /// <param name="device">Where the weights are.</param>
    /// <param name="options">What is checked.</param>
    public static MachineCheck Lamb(Device device, OptimizerOptions options) => MachineCheck.AtMost(
        Limit,
        $"weights after {Steps} steps of LAMB, against float64",
        "LAMB's update is wrong on this device: train with optimizer.type: adamw, and report it.",
        () =>
        {
            var (matrix, vector) = (Wave(Rows * Columns, 0.7), Wave(Columns, 1.7));
            (string Name, Parameter Parameter)[] parameters =
            [
                ("matrix", new Parameter(tensor(matrix, float32, device).view(Rows, Columns))),
                ("vector", new Parameter(tensor(vector, float32, device))),
            ];
            PlainLamb[] plain = [new(matrix, new OptimizerOptions().WeightDecay), new(vector, weightDecay: 0)];
            using var optimizer = options.Create(parameters);
            for (var step = 0; step < Steps; step++)
            {
                foreach (var ((_, parameter), reference) in parameters.Zip(plain))
                {
                    var gradient = Wave(reference.Weights.Length, 1.3 + step);
                    parameter.grad = tensor(gradient, float32, device).view(parameter.shape);
                    reference.Step(gradient, Rate);
                }

                optimizer.Step(Rate);
            }

            return parameters.Zip(plain).Max(
                pair => Closeness.Relative(tensor(pair.Second.Weights), pair.First.Parameter.flatten()));
        });

    private static double[] Wave(int length, double pitch) => [.. Enumerable.Range(1, length).Select(i => 0.1 * Math.Sin(i * pitch))];
}
