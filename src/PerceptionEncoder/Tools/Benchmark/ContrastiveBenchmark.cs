using PerceptionEncoder.Data.Batches;
using PerceptionEncoder.Data.Samples;
using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Models.Clip;
using PerceptionEncoder.Objectives;
using PerceptionEncoder.Tensors;
using PerceptionEncoder.Training;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tools.Benchmark;

/// <summary>A whole contrastive step of both towers, without optimiser, on random pairs.</summary>
/// <param name="StepSeconds">Fastest step.</param>
/// <param name="ExtraBytes">How far resident memory rose above that of model, gradients and batch.</param>
public sealed record ContrastiveBenchmark(double StepSeconds, long ExtraBytes)
{
    private const int Passes = 3;
    private const ulong Seed = 17;

    /// <summary>What multiplied, such as <c>bf16, fp32 by mkl</c> or <c>bf16 on cuda</c>.</summary>
    public required string Products { get; init; }

    /// <summary>Where the step was: <c>cpu</c>, <c>cuda</c>, <c>cuda:1</c>.</summary>
    public required string Device { get; init; }

    /// <summary>Memory of a GPU that is taken after the steps, beyond what was before the model; null on a CPU.</summary>
    public long? DeviceBytes { get; init; }

    /// <summary>Pairs over the fastest step.</summary>
    public required double PairsPerSecond { get; init; }

    /// <summary>Operations of both towers' products, forward and backward, 10^9 a second.</summary>
    public required double Gflops { get; init; }

    /// <summary>
    /// <see cref="Gflops"/> over the device's best rate at the vision tower's shapes. What gradient caching and recomputed blocks do a
    /// second time is not counted: it is a price, not work.
    /// </summary>
    public required double PeakShare { get; init; }

    /// <summary>Measures one way of making a step.</summary>
    /// <param name="preset">Published contrastive model.</param>
    /// <param name="batch">Pairs the loss sees.</param>
    /// <param name="microBatch">Pairs encoded at a time; gradient caching where it is less than the batch.</param>
    /// <param name="recomputeEvery">See <see cref="MemoryOptions.RecomputeEvery"/>.</param>
    /// <param name="mask">Mask regularisation, or null.</param>
    /// <param name="precision">Arithmetic of matrix products.</param>
    /// <param name="compute">Device and matmul library; null for the defaults.</param>
    /// <exception cref="UserErrorException">No such contrastive preset, or a micro-batch that does not divide the batch.</exception>
    public static ContrastiveBenchmark Run(
        string preset,
        int batch,
        int microBatch,
        int recomputeEvery,
        MaskOptions? mask,
        Precision precision,
        ComputeOptions? compute = null)
    {
        if (batch < 1 || microBatch < 1 || batch % microBatch != 0)
        {
            throw new UserErrorException($"bench: micro-batch {microBatch} must divide batch {batch}.");
        }

        var device = (compute ?? new ComputeOptions()).Prepare();
        using var scope = NewDisposeScope();
        var empty = DeviceWork.TakenBytes(device);
        Randomness.Seed(device, (long)Seed);
        using var model = ModelPresets.FindClip(preset).Build();
        (model.Visual.RecomputeEvery, model.RecomputeEvery) = (recomputeEvery, recomputeEvery);
        using var alignment = mask is null ? null : new MaskedTokenAlignment(mask, model.Options.Vision.Width);
        model.to(device);
        alignment?.to(device);
        var objective = new ContrastiveObjective(model, maxLogitScale: 100, alignment);
        var (side, context, end) =
            (model.Options.Vision.ImageSize, model.Options.Text.ContextLength, model.Options.Text.VocabularySize - 1);
        var batches = Enumerable.Range(0, batch / microBatch).Select(_ =>
        {
            var tokens = randint(1, end, [microBatch, context], int64);
            tokens.select(1, context - 1).fill_(end);
            return new Batch(
                ImageTextBatch.Layout(side, context),
                [randint(0, 256, [microBatch, 3, side, side], uint8).to(device), tokens.to(device)],
                new string[microBatch],
                DataPosition.Start);
        }).ToArray();

        // As in training: batches are on the device before their step, and the gradients of the last step are let go.
        Parameter[] trained = [.. model.parameters(), .. objective.TrainingOnly.Select(entry => entry.Parameter)];
        double Step()
        {
            foreach (var parameter in trained)
            {
                parameter.grad = null;
            }

            return DeviceWork.Seconds(
                device,
                () => objective.Accumulate(MicroBatches.Of(batches), new StepContext(0, (long)Seed, device, precision)));
        }

        // Of the parameters; they are no activations.
        var gradients = sizeof(float) * trained.Sum(parameter => parameter.numel());
        ProcessUsage.ResetPeak();
        var before = ProcessUsage.Read().ResidentBytes;
        Step();
        var fastest = Enumerable.Range(0, Passes).Min(_ => Step());
        var (extra, taken) = (ProcessUsage.Read().PeakResidentBytes - before - gradients, DeviceWork.TakenBytes(device) - empty);
        using var peak = new MatmulPeak(model.Options.Vision, microBatch, precision.TypeOn(device), device);
        peak.Measure(MatmulPeak.Rounds);
        var rate = TrainingPlan.TrainingOverForward * batch
            * (FlopCount.Vision(model.Options.Vision, side, side) + FlopCount.Text(model.Options.Text, context)) / fastest / 1e9;
        return new ContrastiveBenchmark(fastest, extra)
        {
            Products = precision.Products(device),
            Device = device.ToString(),
            DeviceBytes = taken,
            PairsPerSecond = batch / fastest,
            Gflops = rate,
            PeakShare = rate / peak.Gflops,
        };
    }
}
