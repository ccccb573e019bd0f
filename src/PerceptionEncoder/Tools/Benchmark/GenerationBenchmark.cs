using PerceptionEncoder.Models.Common;
using PerceptionEncoder.Models.Language;
using PerceptionEncoder.Tensors;
using PerceptionEncoder.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tools.Benchmark;

/// <summary>
/// Repeats what a decoder does in use, with random weights and tokens: reading a prompt and, where asked, a training step on it, against
/// plain matrix products of the same shapes; and one new token after another, against reading the weights and the cache once.
/// </summary>
public static class GenerationBenchmark
{
    private const int WarmUp = 2;
    private const int PrefillRounds = 3;

    /// <summary>Measures. Leaves the matmul library as it was.</summary>
    /// <exception cref="UserErrorException">Unknown preset, contradicting options, or a count below one.</exception>
    public static GenerationBenchmarkResult Run(GenerationBenchmarkOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.Batch < 1 || options.PromptTokens < 1 || options.NewTokens < 1)
        {
            throw new UserErrorException($"bench: batch {options.Batch}, prompt {options.PromptTokens} and tokens {options.NewTokens} "
                + "must be at least 1.");
        }

        var decoder = options.Decoder ?? DecoderPresets.Find(options.Preset);
        using var held = MatmulBackend.Hold();
        var device = options.Compute.Prepare();
        var type = options.Precision.TypeOn(device);
        using var model = Build(decoder, device);
        using var scope = NewDisposeScope();
        var ids = randint(decoder.VocabularySize, [options.Batch, options.PromptTokens], int64, device);
        double? training = options.Train ? Train(model, ids, type) : null;
        var packing = options is { Train: true, Batch: > 1 }
            ? PackingBenchmark.Run(model, options.Batch, options.PromptTokens, type)
            : null;
        using var noGradient = no_grad();
        model.eval();
        model.to(type);

        using var peak = new MatmulPeak(LanguageFlops.Products(decoder), options.Batch, options.PromptTokens, type, device);
        using var bandwidth = new ReadBandwidth(device);
        using var cache = new KeyValueCache(decoder, options.Batch, options.PromptTokens + options.NewTokens + WarmUp, type, device);
        var prefill = Prefill(model, ids, cache, peak);
        var decode = Decode(model, cache, bandwidth, options);
        var tokens = (double)options.Batch * options.PromptTokens;
        var average = options.PromptTokens + WarmUp + (options.NewTokens / 2.0);
        var size = type == float32 ? sizeof(float) : sizeof(short);
        var read = (LanguageFlops.Weights(decoder) * size)
            + (average * KeyValueCache.BytesOf(decoder, options.Batch, 1, size));
        return new GenerationBenchmarkResult
        {
            Parameters = new LanguageArchitecture(model.Options).ParameterCount,
            TokensPerSecond = options.Batch / decode,
            ReadGigabytesPerSecond = read / decode / 1e9,
            MemoryGigabytesPerSecond = Math.Max(bandwidth.BytesPerSecond, read / decode) / 1e9,
            PrefillTokensPerSecond = tokens / prefill,
            PrefillGflops = options.Batch * LanguageFlops.Forward(decoder, options.PromptTokens, 0, 1) / prefill / 1e9,
            TrainTokensPerSecond = tokens / training,
            TrainGflops = TrainingPlan.TrainingOverForward * options.Batch
                * LanguageFlops.Forward(decoder, options.PromptTokens, 0, options.PromptTokens) / training / 1e9,
            Packing = packing,
            PeakGflops = peak.Gflops,
            CacheBytes = cache.Bytes,
            CacheFormulaBytes = KeyValueCache.BytesOf(decoder, options.Batch, cache.Capacity, size),
            Threads = TorchRuntime.Threads,
            Products = options.Precision.Products(device),
            Device = device.ToString(),
        };
    }

    /// <summary>Small random weights, as values do not matter but their being ordinary numbers does.</summary>
    private static LanguageModel Build(DecoderOptions decoder, Device device)
    {
        LanguageModel model;
        using (Initialization.Skip(device))
        {
            model = new LanguageModelOptions { Decoder = decoder }.Build();
        }

        using var noGradient = no_grad();
        foreach (var parameter in model.parameters())
        {
            parameter.uniform_(-0.02, 0.02);
        }

        return model;
    }

    private static double Prefill(LanguageModel model, Tensor ids, KeyValueCache cache, MatmulPeak peak)
    {
        var fastest = double.MaxValue;
        for (var round = 0; round <= PrefillRounds; round++)
        {
            cache.Truncate(0);
            peak.Measure(MatmulPeak.Rounds / (PrefillRounds + 1));
            var seconds = DeviceWork.Seconds(model.Device, () =>
            {
                using var scope = NewDisposeScope();
                model.Logits(model.Hidden(model.Embed(ids), cache: cache).select(1, -1));
            });
            fastest = round == 0 ? fastest : Math.Min(fastest, seconds);       // the first call of a shape prepares it
        }

        return fastest;
    }

    /// <summary>Median seconds of a token.</summary>
    private static double Decode(LanguageModel model, KeyValueCache cache, ReadBandwidth bandwidth, GenerationBenchmarkOptions options)
    {
        var next = zeros([options.Batch, 1], int64, model.Device);
        var seconds = new double[options.NewTokens];
        for (var token = -WarmUp; token < options.NewTokens; token++)
        {
            if (token % 4 == 0)
            {
                bandwidth.Measure(1);                           // beside the tokens, so that whatever else the machine does slows both
            }

            var taken = DeviceWork.Seconds(model.Device, () =>
            {
                using var scope = NewDisposeScope();
                model.Logits(model.Hidden(model.Embed(next), cache: cache));
            });
            if (token >= 0)
            {
                seconds[token] = taken;
            }
        }

        Array.Sort(seconds);
        return seconds[seconds.Length / 2];
    }

    /// <summary>Fastest seconds of forward and backward to the gradient of every weight, with the loss of every token.</summary>
    private static double Train(LanguageModel model, Tensor ids, ScalarType type)
    {
        var fastest = double.MaxValue;
        for (var round = 0; round <= PrefillRounds; round++)
        {
            var seconds = TrainingStep(model, type, () => model.Logits(model.Hidden(model.Embed(ids))).flatten(0, 1), ids.flatten());
            fastest = round == 0 ? fastest : Math.Min(fastest, seconds);
        }

        return fastest;
    }

    /// <summary>Seconds of forward and backward to the gradient of every weight.</summary>
    /// <param name="model">The decoder.</param>
    /// <param name="type">Of matrix products.</param>
    /// <param name="logits">[tokens, vocabulary].</param>
    /// <param name="targets">[tokens].</param>
    internal static double TrainingStep(LanguageModel model, ScalarType type, Func<Tensor> logits, Tensor targets)
    {
        model.train();
        var seconds = DeviceWork.Seconds(model.Device, () =>
        {
            using var scope = NewDisposeScope();
            Tensor scores;
            using (Autocast.Enter(model.Device, type))
            {
                scores = logits();
            }

            BackwardPass.Run(nn.functional.cross_entropy(scores, targets));
        });
        model.zero_grad();
        return seconds;
    }
}
