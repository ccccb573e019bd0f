using PerceptionEncoder.Data.Batches;
using PerceptionEncoder.Data.Dialogues;
using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Models.Clip;
using PerceptionEncoder.Models.Language;
using PerceptionEncoder.Objectives;
using PerceptionEncoder.Tensors;
using PerceptionEncoder.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tests.Objectives;

public sealed class LanguageObjectiveTests
{
    private const int ImageToken = 49, Context = 40, Chunks = 3, Side = 8, VisualTokens = 4;

    private static readonly LanguageModelOptions Options = new()
    {
        Vision = new VisionOptions
        {
            ImageSize = Side, PatchSize = 4, Width = 16, Layers = 2, Heads = 2, Pooling = Pooling.None, OutputDim = null, UseLnPost = false,
        },
        Projector = new ProjectorOptions { PoolingRatio = 1 },
        Decoder = new DecoderOptions
        {
            VocabularySize = 50, Width = 16, Layers = 2, Heads = 4, KeyValueHeads = 2, FeedForwardWidth = 24, ContextLength = 64,
        },
    };

    /// <summary>Words, answers among them, and pictures of some dialogues; the last ones read words alone.</summary>
    private static readonly (int Pictures, int Words, int Answers)[] Dialogues =
        [(1, 5, 2), (2, 9, 1), (0, 12, 7), (3, 4, 3), (1, 3, 1), (0, 6, 5)];

    [Fact]
    public void Packed_dialogues_have_the_loss_and_the_gradients_of_dialogues_in_rows_of_their_own()
    {
        using var scope = NewDisposeScope();
        using var model = Model();
        var apart = Gradients(model, rowLength: 0, [Dialogues]);
        var packed = Gradients(model, rowLength: 60, [Dialogues]);
        AssertClose(apart, packed, 1e-5);
        Assert.True(packed.Metrics["padding"] < apart.Metrics["padding"]);
    }

    [Fact]
    public void Micro_batches_of_uneven_answers_have_the_gradient_of_the_whole()
    {
        using var scope = NewDisposeScope();
        using var model = Model();
        var whole = Gradients(model, rowLength: 60, [Dialogues]);
        Assert.Equal(Dialogues.Sum(dialogue => dialogue.Answers), whole.Metrics["answer_tokens"]);
        AssertClose(whole, Gradients(model, rowLength: 60, [Dialogues[..1], Dialogues[1..4], Dialogues[4..]]), 1e-5);
        AssertClose(whole, Gradients(model, rowLength: 60, [.. Dialogues.Select(dialogue => new[] { dialogue })]), 1e-5);
    }

    [Fact]
    public void Recomputed_blocks_have_the_same_gradients()
    {
        using var scope = NewDisposeScope();
        using var model = Model();
        var kept = Gradients(model, rowLength: 60, [Dialogues]);
        (model.RecomputeEvery, model.VisionModel!.RecomputeEvery) = (1, 1);
        AssertClose(kept, Gradients(model, rowLength: 60, [Dialogues]), 1e-6);
    }

    [Fact]
    public void Words_alone_train_the_decoder_and_leave_the_rest()
    {
        using var scope = NewDisposeScope();
        using var model = Model();
        var gradients = Gradients(model, rowLength: 60, [[(0, 12, 7), (0, 6, 5)]]);
        Assert.DoesNotContain(gradients.ByName.Keys, name => name.StartsWith("vision", StringComparison.Ordinal));
        Assert.Contains("layers.1.feed_forward.w2.weight", gradients.ByName.Keys);
    }

    [Fact]
    public void A_frozen_decoder_lets_gradients_through_to_the_projector()
    {
        using var scope = NewDisposeScope();
        using var model = Model();
        foreach (var (_, parameter) in model.named_parameters().Where(entry => !entry.name.StartsWith("vision_projector.")))
        {
            parameter.requires_grad_(false);
        }

        var gradients = Gradients(model, rowLength: 60, [Dialogues]);
        Assert.Equal(4, gradients.ByName.Count);
        (model.RecomputeEvery, model.VisionModel!.RecomputeEvery) = (1, 1);
        AssertClose(gradients, Gradients(model, rowLength: 60, [Dialogues]), 1e-6);
    }

    [Fact]
    public void Steps_leave_no_tensor_behind()
    {
        using var model = Model();
        void Step()
        {
            using var scope = NewDisposeScope();
            Gradients(model, rowLength: 60, [Dialogues[..3], Dialogues[3..]]);
        }

        Step();
        var tensors = LiveTensors.Count();
        Step();
        Step();
        Assert.Equal(tensors, LiveTensors.Count());
    }

    private static LanguageModel Model()
    {
        manual_seed(5);
        var model = Options.Build();
        using var noGradient = no_grad();
        foreach (var parameter in model.parameters())
        {
            parameter.add_(randn_like(parameter) * 0.1);
        }

        return model;
    }

    private static Found Gradients(LanguageModel model, int rowLength, (int Pictures, int Words, int Answers)[][] microBatches)
    {
        foreach (var parameter in model.parameters())
        {
            parameter.grad = null;
        }

        var start = 0;
        var batches = new List<Batch>();
        foreach (var dialogues in microBatches)
        {
            batches.Add(BatchOf(dialogues, start));
            start += dialogues.Length;
        }

        var metrics = new LanguageObjective(model, ImageToken, rowLength)
            .Accumulate(MicroBatches.Of(batches), new StepContext(0, 1, CPU, Precision.Fp32));
        batches.ForEach(batch => batch.Dispose());
        return new Found(
            metrics,
            model.named_parameters().Where(entry => entry.parameter.grad is not null)
                .ToDictionary(entry => entry.name, entry => entry.parameter.grad!.clone()));
    }

    /// <summary>Visual tokens first, then words, the last of them answers; contents by the dialogue's number alone.</summary>
    private static Batch BatchOf((int Pictures, int Words, int Answers)[] dialogues, int first)
    {
        using var scope = NewDisposeScope();
        var tokens = zeros([dialogues.Length, Context], int64);
        var answers = zeros([dialogues.Length, Context], @bool);
        var images = zeros([dialogues.Length, Chunks, 3, Side, Side], uint8);
        var lengths = new List<int>();
        foreach (var (i, (pictures, words, asked)) in dialogues.Index())
        {
            var (seen, random) = (pictures * VisualTokens, new Generator((ulong)(first + i)));
            tokens[i].narrow(0, 0, seen).fill_(ImageToken);
            tokens[i].narrow(0, seen, words).copy_(randint(0, 40, [words], int64, generator: random));
            answers[i].narrow(0, seen + words - asked, asked).fill_(true);
            images[i].copy_(randint(0, 256, [Chunks, 3, Side, Side], uint8, generator: random));
            lengths.Add(seen + words);
        }

        return new Batch(
            DialogueBatch.Layout(Context, Chunks, Side),
            [tokens.DetachFromDisposeScope(), answers.DetachFromDisposeScope(), images.DetachFromDisposeScope()],
            new string[dialogues.Length],
            DataPosition.Start)
        {
            FilledLengths = [lengths, lengths, [.. dialogues.Select(dialogue => dialogue.Pictures)]],
        };
    }

    private static void AssertClose(Found expected, Found found, double tolerance)
    {
        Assert.Equal(expected.Metrics["loss"], found.Metrics["loss"], tolerance);
        Assert.Equal(expected.ByName.Keys.Order(), found.ByName.Keys.Order());
        Assert.All(expected.ByName, entry => Assert.True(
            (entry.Value - found.ByName[entry.Key]).abs().max().ToDouble() <= tolerance * Math.Max(1, entry.Value.abs().max().ToDouble()),
            entry.Key));
    }

    private sealed record Found(IReadOnlyDictionary<string, double> Metrics, Dictionary<string, Tensor> ByName);
}
