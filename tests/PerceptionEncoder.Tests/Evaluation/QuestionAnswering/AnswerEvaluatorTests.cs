using System.Text.Json;
using PerceptionEncoder.Data.Batches;
using PerceptionEncoder.Data.Dialogues;
using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Evaluation.QuestionAnswering;
using PerceptionEncoder.Inference;
using PerceptionEncoder.Media.Images;
using PerceptionEncoder.Models.Language;
using PerceptionEncoder.Objectives;
using PerceptionEncoder.Optimization;
using PerceptionEncoder.Tensors;
using PerceptionEncoder.Tests.Models.Language;
using PerceptionEncoder.Tokenization.Language;
using PerceptionEncoder.Training;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tests.Evaluation.QuestionAnswering;

public sealed class AnswerEvaluatorTests : IDisposable
{
    private const int Context = 300, Side = 16;
    private const string Asked = "asked.jsonl";

    private static readonly ChatFormat Format = new(LanguageTokenizers.Bytes, ChatFormatKind.Sft, system: "");

    private readonly string root = Directory.CreateTempSubdirectory("pe-answers-").FullName;
    private readonly LanguageModelOptions options = SmallLanguageModel.Seeing with
    {
        Decoder = SmallLanguageModel.Seeing.Decoder with
        {
            VocabularySize = LanguageTokenizers.Bytes.VocabularySize, ContextLength = Context,
        },
    };

    private readonly LanguageModel model;
    private readonly List<string> said = [];

    public AnswerEvaluatorTests()
    {
        model = SmallLanguageModel.Build(options);
        foreach (var (name, shade) in new[] { ("a.png", 10), ("b.png", 200) })
        {
            File.WriteAllBytes(
                Path.Combine(root, name),
                PngEncoder.Encode(new DecodedImage(Side, Side, 3, [.. Enumerable.Repeat((byte)shade, 3 * Side * Side)], Indexed: false)));
        }
    }

    [Fact]
    public void An_answer_is_exact_where_the_model_itself_would_write_it()
    {
        Write([("a.png", "yes"), ("b.png", "yes")]);
        Learn();
        Assert.Equal("yes", Said());
        Assert.Equal(1, Evaluator().Evaluate(CancellationToken.None).Metrics["exact"]);

        Write([("a.png", "yes"), ("b.png", "yet")]);
        var result = Evaluator().Evaluate(CancellationToken.None);
        Assert.Equal(2, result.Samples);
        Assert.Equal(0.5, result.Metrics["exact"]);
        Assert.InRange(result.Metrics["answer_accuracy"], 0.6, 0.99);
        Assert.All(Evaluator(batch: 1).Evaluate(CancellationToken.None).Metrics, metric => Assert.Equal(
            result.Metrics[metric.Key], metric.Value, 1e-5));
        Assert.True(model.training);
    }

    [Fact]
    public void What_cannot_be_read_is_counted_and_said()
    {
        File.WriteAllBytes(Path.Combine(root, "cut.png"), File.ReadAllBytes(Path.Combine(root, "a.png"))[..40]);
        Write([("a.png", "x"), ("gone.png", "x"), ("b.png", "y"), ("cut.png", "x")]);
        var result = Evaluator().Evaluate(CancellationToken.None);
        Assert.Equal((2, 2), (result.Samples, result.Unreadable));
        Assert.Equal(2, said.Count);
        Assert.Contains(said, line => line.Contains("gone.png", StringComparison.Ordinal));
        Assert.Equal(1, Evaluator(limit: 2).Evaluate(CancellationToken.None).Samples);
        Write([("gone.png", "x")]);
        Assert.Contains(
            "none of its dialogues",
            Assert.Throws<UserErrorException>(() => Evaluator().Evaluate(CancellationToken.None)).Message);
    }

    [Fact]
    public void A_line_that_is_cut_off_is_said()
    {
        Write([("a.png", "x")]);
        File.WriteAllText(Path.Combine(root, Asked), File.ReadAllText(Path.Combine(root, Asked)) + "{\"image\": ");
        Assert.Equal((1, 1), Evaluator().Evaluate(CancellationToken.None) is var result ? (result.Samples, result.Unreadable) : default);
        Assert.Single(said);
    }

    [Fact]
    public void A_blind_model_sees_the_same_in_every_picture()
    {
        Write([("a.png", "x"), ("b.png", "x")]);
        Assert.Equal(2, Decoded(isBlind: false).Distinct().Count());
        Assert.Single(Decoded(isBlind: true).Distinct());

        string[] Decoded(bool isBlind) => [.. Fields(isBlind).Select(fields => Convert.ToHexString(fields.Of<byte>("images")))];
    }

    public void Dispose()
    {
        model.Dispose();
        Directory.Delete(root, recursive: true);
    }

    private void Learn()
    {
        var objective = new LanguageObjective(model, LanguageTokenizers.Bytes.ImageToken!.Value, rowLength: 0);
        using var optimizer = new OptimizerOptions { Type = OptimizerKind.Adamw }
            .Create([.. model.named_parameters().Select(entry => (entry.name, entry.parameter))]);
        using var batch = DialogueBatch.Of(Layout, Fields(isBlind: false));
        for (var step = 0; step < 40; step++)
        {
            using var scope = NewDisposeScope();
            optimizer.ZeroGradients();
            objective.Accumulate(MicroBatches.Of(batch), new StepContext(step, 1, CPU, Precision.Fp32));
            optimizer.Step(1e-2);
        }
    }

    private SampleFields[] Fields(bool isBlind)
        => [.. SampleReader.ReadShards([Path.Combine(root, Asked)], new BadSamples()).Select(sample =>
        {
            var fields = new SampleFields(Layout);
            Decoder(isBlind).Decode(sample, new SourceOptions { Shards = Asked, Root = root }, 0, fields);
            return fields;
        })];

    /// <summary>What greedy decoding writes about the first picture.</summary>
    private string Said()
    {
        using var pixels = full([1, 3, Side, Side], 10, uint8);
        var prompt = Format.Prompt("q", 1, options.VisualTokens());
        model.eval();
        var text = new TextGenerator(model, LanguageTokenizers.Bytes).Generate(
            [new GenerationPrompt([.. prompt.Ids.Select(id => (int)id)], pixels)],
            new GenerationOptions { MaxNewTokens = 6 })[0].Text;
        model.train();
        return text;
    }

    private AnswerEvaluator Evaluator(int batch = 64, int? limit = null) => new(
        new AnswerSetOptions { Name = "asked", Shards = Path.Combine(root, Asked), Batch = batch, Limit = limit },
        model,
        Decoder(isBlind: false),
        Layout,
        LanguageTokenizers.Bytes.ImageToken!.Value)
    {
        Log = said.Add,
    };

    private static BatchLayout Layout => DialogueBatch.Layout(Context, chunks: 1, Side);

    private DialogueDecoder Decoder(bool isBlind)
        => new(Format.Training, new ImageTiling(Side, 1), options.VisualTokens(), Context, chunks: 1) { IsBlind = isBlind };

    private void Write((string Picture, string Answer)[] answers) => File.WriteAllLines(
        Path.Combine(root, Asked),
        answers.Select(one => $$$"""
            {"image": "{{{one.Picture}}}", "conversations": [{"from": "human", "value": "q"}, {"from": "assistant", "value": {{{
            JsonSerializer.Serialize(one.Answer)}}}}]}
            """));
}
