using PerceptionEncoder.Data.Batches;
using PerceptionEncoder.Losses;
using PerceptionEncoder.Models.Clip;
using PerceptionEncoder.Objectives;
using PerceptionEncoder.Tensors;
using PerceptionEncoder.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tools.Doctor;

/// <summary>Whether the ways to a gradient that save memory lead to the same gradient.</summary>
internal static class GradientChecks
{
    private const double Limit = 1e-5;
    private const int Side = 32;
    private const int Pairs = 12;
    private const double Drop = 0.4;

    /// <summary>What a step leaves on the parameters.</summary>
    /// <param name="objective">Of a model on the device.</param>
    /// <param name="batches">The step's micro-batches.</param>
    /// <param name="context">Its seed and device.</param>
    public delegate void Accumulation(ContrastiveObjective objective, Batch[] batches, StepContext context);

    /// <summary>Gradient caching against one batch.</summary>
    public static MachineCheck MicroBatches(Device device) => MicroBatches(device, Accumulate);

    /// <param name="device">Where the model is.</param>
    /// <param name="accumulate">What is checked.</param>
    public static MachineCheck MicroBatches(Device device, Accumulation accumulate) => MachineCheck.AtMost(
        Limit,
        "gradients of micro-batches, against the whole batch",
        "Gradient caching gives another gradient than the whole batch: train with micro_batch equal to batch, and report it.",
        () => Closeness.Relative(
            Gradients(device, PracticePairs.Model(Side), Accumulate, Pairs),
            Gradients(device, PracticePairs.Model(Side), accumulate, Pairs / 3, Pairs / 3, Pairs / 3)));

    /// <summary>
    /// Gradient caching with patch dropout and DropPath, against the graphs of all micro-batches kept at once and the dense loss.
    /// </summary>
    public static MachineCheck Replay(Device device) => Replay(device, Accumulate);

    /// <param name="device">Where the model is.</param>
    /// <param name="accumulate">What is checked.</param>
    public static MachineCheck Replay(Device device, Accumulation accumulate) => MachineCheck.AtMost(
        Limit,
        "patch dropout and DropPath replayed in gradient caching",
        "The second encoding of a micro-batch drops other patches or paths than the first, so that gradients are wrong: train with "
            + "micro_batch equal to batch, or with patch_dropout and drop_path 0.",
        () =>
        {
            var model = PracticePairs.Model(Side, Drop, Drop);
            int[] sizes = [Pairs / 3, Pairs / 3, Pairs / 3];
            return Closeness.Relative(DenseGradients(device, model, sizes), Gradients(device, model, accumulate, sizes));
        });

    /// <summary>Blocks computed again in the backward pass, against those that keep what they computed.</summary>
    public static MachineCheck RecomputedBlocks(Device device)
        => RecomputedBlocks(
            every => Gradients(device, PracticePairs.Model(Side, Drop, layers: 4), every, Precision.Fp32, Accumulate, Pairs));

    /// <param name="gradients">By how many blocks there are to one that is computed again; 0 for none.</param>
    public static MachineCheck RecomputedBlocks(Func<int, IReadOnlyDictionary<string, Tensor>> gradients) => MachineCheck.AtMost(
        Limit,
        "gradients of recomputed blocks, against kept ones",
        "Recomputed blocks give another gradient: train with memory.recompute_every: 0, and report it.",
        () => Closeness.Relative(gradients(0), gradients(1)));

    /// <summary>Gradients by name of a fresh model after one step in float32.</summary>
    /// <param name="device">Where the model is.</param>
    /// <param name="options">The model.</param>
    /// <param name="accumulate">The step.</param>
    /// <param name="sizes">Pairs of each micro-batch.</param>
    public static IReadOnlyDictionary<string, Tensor> Gradients(
        Device device,
        ClipOptions options,
        Accumulation accumulate,
        params int[] sizes)
        => Gradients(device, options, 0, Precision.Fp32, accumulate, sizes);

    /// <inheritdoc cref="Gradients(Device, ClipOptions, Accumulation, int[])"/>
    /// <param name="device">Where the model is.</param>
    /// <param name="options">The model.</param>
    /// <param name="recomputeEvery">See <see cref="MemoryOptions.RecomputeEvery"/>.</param>
    /// <param name="precision">Arithmetic of matrix products.</param>
    /// <param name="accumulate">The step.</param>
    /// <param name="sizes">Pairs of each micro-batch.</param>
    public static IReadOnlyDictionary<string, Tensor> Gradients(
        Device device,
        ClipOptions options,
        int recomputeEvery,
        Precision precision,
        Accumulation accumulate,
        params int[] sizes)
    {
        using var pairs = new PracticePairs(options.Vision.ImageSize, sizes);
        Randomness.Seed(device, 1);
        using var model = options.Build();
        (model.Visual.RecomputeEvery, model.RecomputeEvery) = (recomputeEvery, recomputeEvery);
        model.to(device);
        model.train();
        accumulate(new ContrastiveObjective(model, maxLogitScale: 100), pairs.All, Context(device, precision));
        return Collect(model);
    }

    /// <summary>As training does it.</summary>
    public static void Accumulate(ContrastiveObjective objective, Batch[] batches, StepContext context)
        => objective.Accumulate(Training.MicroBatches.Of(batches), context);

    /// <summary>
    /// The same step by the book: everything is encoded once, with its graph, and one matrix of similarities differentiated.
    /// </summary>
    private static Dictionary<string, Tensor> DenseGradients(Device device, ClipOptions options, int[] sizes)
    {
        using var pairs = new PracticePairs(options.Vision.ImageSize, sizes);
        Randomness.Seed(device, 1);
        using var model = options.Build();
        model.to(device);
        model.train();
        var features = pairs.All.Select((batch, index) =>
        {
            Randomness.Seed(device, Context(device).SeedOf(index));
            var (images, tokens) = (batch["image"].to(device), batch["tokens"].to(device));
            return (Image: model.EncodeImage(Pixels.Normalize(images), normalize: true), Text: model.EncodeText(tokens, normalize: true));
        }).ToArray();
        ContrastiveLoss.Symmetric(
            cat([.. features.Select(pair => pair.Image)]),
            cat([.. features.Select(pair => pair.Text)]),
            model.LogitScale.exp()).backward();
        return Collect(model);
    }

    private static StepContext Context(Device device, Precision precision = Precision.Fp32) => new(0, 3, device, precision);

    private static Dictionary<string, Tensor> Collect(nn.Module model)
        => model.named_parameters().Where(entry => entry.parameter.grad is not null)
            .ToDictionary(entry => entry.name, entry => entry.parameter.grad!.detach().cpu().clone());
}
