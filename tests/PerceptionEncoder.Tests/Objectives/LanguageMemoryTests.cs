using PerceptionEncoder.Data.Batches;
using PerceptionEncoder.Data.Dialogues;
using PerceptionEncoder.Inference;
using PerceptionEncoder.Models.Language;
using PerceptionEncoder.Objectives;
using PerceptionEncoder.Optimization;
using PerceptionEncoder.Tensors;
using PerceptionEncoder.Tests.Models.Language;
using PerceptionEncoder.Training;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tests.Objectives;

/// <summary>Training steps and generated tokens leave nothing behind, however many there are.</summary>
public sealed class LanguageMemoryTests
{
    private const int ImageToken = 96, Chunks = 2;

    /// <summary>Different ones: of shapes that it has not met, oneDNN keeps what it prepared, up to a thousand.</summary>
    private const int Batches = 10;

    /// <summary>Some 5M numbers: the shape of the shipped small config.</summary>
    private static readonly LanguageModelOptions Larger = SmallLanguageModel.Seeing with
    {
        Decoder = SmallLanguageModel.Text.Decoder with
        {
            Width = 256, Layers = 6, Heads = 8, KeyValueHeads = 4, FeedForwardWidth = 768, VocabularySize = 512, ContextLength = 256,
        },
    };

    [Fact]
    public void Thirty_steps_and_two_hundred_tokens_leave_the_count_of_tensors_as_it_was()
    {
        using var model = SmallLanguageModel.Build(SmallLanguageModel.Seeing);
        using var optimizer = Optimizer(model);
        Train(model, optimizer, steps: 3, context: 40);
        Generate(model, tokens: 40);
        var tensors = LiveTensors.Count();
        Train(model, optimizer, steps: 30, context: 40);
        Assert.Equal(tensors, LiveTensors.Count());
        Generate(model, tokens: 200);
        Assert.Equal(tensors, LiveTensors.Count());
    }

    /// <summary>Some minutes; only where PE_ACCEPTANCE is set.</summary>
    [SkippableFact]
    public void Five_hundred_steps_and_five_thousand_tokens_leave_memory_as_it_was()
    {
        Skip.If(
            string.IsNullOrEmpty(Environment.GetEnvironmentVariable("PE_ACCEPTANCE")),
            "an acceptance run of minutes: set PE_ACCEPTANCE=1");
        using var model = SmallLanguageModel.Build(Larger);
        using var optimizer = Optimizer(model);
        Flat("steps", 500, steps => Train(model, optimizer, steps, context: 96));
        Flat("tokens", 5000, tokens => Generate(model, tokens));
    }

    /// <summary>
    /// Repeats in five parts and looks at memory behind each. In the first ones the allocator's lists fill up; the last two may add no more
    /// than chance does, by which the figure goes up and down.
    /// </summary>
    private static void Flat(string name, int count, Action<int> repeat)
    {
        var (tensors, bytes) = (new List<long>(), new List<long>());
        for (var part = 0; part < 5; part++)
        {
            repeat(count / 5);
            tensors.Add(LiveTensors.Count());
            bytes.Add(ProcessUsage.Read().ResidentBytes);
            Console.WriteLine($"{count / 5 * (part + 1)} {name}: {tensors[^1]} tensors, resident {bytes[^1] / 1e6:F1} MB, managed "
                + $"{GC.GetGCMemoryInfo().TotalCommittedBytes / 1e6:F1} MB");
        }

        Assert.Single(tensors.Distinct());
        Assert.InRange(bytes[^1] - bytes[2], long.MinValue, 24_000_000);
    }

    private static AdamW Optimizer(LanguageModel model)
        => new([new ParameterGroup([.. model.named_parameters()], 0.01)], new OptimizerOptions { Type = OptimizerKind.Adamw });

    private static void Train(LanguageModel model, AdamW optimizer, int steps, int context)
    {
        model.train();
        var objective = new LanguageObjective(model, ImageToken, context);
        for (var step = 0; step < steps; step++)
        {
            using var scope = NewDisposeScope();
            using var batch = Dialogues(model, context, (int)optimizer.Steps % Batches);
            optimizer.ZeroGradients();
            objective.Accumulate(MicroBatches.Of([batch]), new StepContext(step, step, CPU, Precision.Fp32));
            optimizer.Step(1e-3);
        }
    }

    /// <summary>Four of uneven lengths, with pictures or without.</summary>
    private static Batch Dialogues(LanguageModel model, int context, int seed)
    {
        var random = new Random(seed);
        var (side, visual) = (model.Options.Vision!.ImageSize, model.Options.VisualTokens());
        var layout = DialogueBatch.Layout(context, Chunks, side);
        return DialogueBatch.Of(layout, [.. Enumerable.Range(0, 4).Select(_ =>
        {
            var fields = new SampleFields(layout);
            var pictures = random.Next(0, Math.Min(Chunks, (context / 2) / visual) + 1);
            var length = random.Next((pictures * visual) + 4, context);
            var tokens = fields.Of<long>("tokens");
            var answers = fields.Of<bool>("answers");
            for (var i = 0; i < length; i++)
            {
                tokens[i] = i < pictures * visual ? ImageToken : random.Next(0, ImageToken);
                answers[i] = i > length - 4;
            }

            random.NextBytes(fields.Of<byte>("images"));
            fields.SetLength("tokens", length);
            fields.SetLength("answers", length);
            fields.SetLength("images", pictures);
            return fields;
        })]);
    }

    /// <summary>By prompts in turn with and without a picture, greedily and drawn.</summary>
    private static void Generate(LanguageModel model, int tokens)
    {
        model.eval();
        var (side, visual) = (model.Options.Vision!.ImageSize, model.Options.VisualTokens());
        var generator = new TokenGenerator(model, ImageToken, []);
        for (var (left, round) = (tokens, 0); left > 0; round++)
        {
            using var scope = NewDisposeScope();
            var isSeen = round % 2 == 0;
            int[] ids = [1, .. Enumerable.Repeat(ImageToken, isSeen ? visual : 0), 2, 3];
            var prompt = new GenerationPrompt(ids, isSeen ? rand(1, 3, side, side) : null);
            var options = new GenerationOptions
            {
                MaxNewTokens = Math.Min(left, model.Options.Decoder.ContextLength - ids.Length),
                Temperature = round % 3 == 0 ? 0 : 0.8,
                TopP = 0.9,
                Seed = round,
            };
            left -= generator.Generate([prompt], options, took: null, CancellationToken.None)[0].Ids.Count;
        }
    }
}
