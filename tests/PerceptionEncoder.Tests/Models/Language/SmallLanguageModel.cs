using PerceptionEncoder.Models.Clip;
using PerceptionEncoder.Models.Language;
using PerceptionEncoder.Tensors;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tests.Models.Language;

/// <summary>A model of a few thousand numbers with random weights.</summary>
internal static class SmallLanguageModel
{
    public static LanguageModelOptions Text { get; } = new()
    {
        Decoder = new DecoderOptions
        {
            VocabularySize = 97,
            Width = 32,
            Layers = 3,
            Heads = 4,
            KeyValueHeads = 2,
            FeedForwardWidth = 56,
            ContextLength = 64,
            RopeTheta = 1000,
        },
    };

    public static LanguageModelOptions Seeing { get; } = Text with
    {
        Vision = new VisionOptions
        {
            ImageSize = 16,
            PatchSize = 4,
            Width = 24,
            Layers = 2,
            Heads = 2,
            Pooling = Pooling.None,
            OutputDim = null,
        },
    };

    public static LanguageModel Build(LanguageModelOptions? options = null, long seed = 3)
    {
        TorchRuntime.Initialize();
        Randomness.Seed(CPU, seed);
        var model = (options ?? Text).Build();
        model.eval();
        return model;
    }

    public static Tensor Ids(long rows, long length, int seed = 5)
    {
        var random = new Random(seed);
        return tensor(Enumerable.Range(0, (int)(rows * length)).Select(_ => (long)random.Next(97)).ToArray()).view(rows, length);
    }
}
