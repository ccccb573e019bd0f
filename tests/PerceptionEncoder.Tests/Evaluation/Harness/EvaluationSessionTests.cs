using PerceptionEncoder.Distributed;
using PerceptionEncoder.Evaluation.Harness;
using PerceptionEncoder.Evaluation.Sets;
using PerceptionEncoder.Tests.Distributed;
using PerceptionEncoder.Training;
using static PerceptionEncoder.Tests.Evaluation.ColourSet;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tests.Evaluation.Harness;

public sealed class EvaluationSessionTests : IDisposable
{
    private readonly ColourSet set = new();
    private readonly string cache = Directory.CreateTempSubdirectory("pe-session-").FullName;
    private readonly List<EvaluationProgress> progress = [];
    private int imagesEncoded;
    private int textsEncoded;

    public void Dispose()
    {
        set.Dispose();
        Directory.Delete(cache, recursive: true);
    }

    [Theory]
    [InlineData(EvaluationType.Zeroshot, 1)]
    [InlineData(EvaluationType.Zeroshot, 2)]
    [InlineData(EvaluationType.Zeroshot, 3)]
    [InlineData(EvaluationType.Retrieval, 2)]
    public void An_interrupted_evaluation_goes_on_to_the_same_figures_and_counts(EvaluationType type, int batches)
    {
        AddSamples();
        var whole = Evaluator(type, session: null).Evaluate(default);
        imagesEncoded = 0;
        using (var stop = new CancellationTokenSource())
        {
            Assert.ThrowsAny<OperationCanceledException>(
                () => Evaluator(type, Session(), _ => imagesEncoded >= 2 * batches ? stop.Cancel : null).Evaluate(stop.Token));
        }

        var before = imagesEncoded;
        set.Log.Clear();
        var result = Evaluator(type, Session()).Evaluate(default);

        Assert.Equal(whole.Metrics, result.Metrics);
        Assert.Equal((whole.Samples, whole.Unreadable), (result.Samples, result.Unreadable));
        Assert.Equal(7, imagesEncoded); // none twice
        Assert.Contains($"going on after {before} samples", set.Log[0], StringComparison.Ordinal);
        Assert.Equal((9, 9), (progress[^1].Done, progress[^1].Total));
    }

    [Theory]
    [InlineData(EvaluationType.Zeroshot, 2)]
    [InlineData(EvaluationType.Zeroshot, 3)]
    [InlineData(EvaluationType.Zeroshot, 7)]                    // more ranks than batches
    [InlineData(EvaluationType.Retrieval, 2)]
    [InlineData(EvaluationType.Retrieval, 3)]
    public void Ranks_share_the_items_and_the_texts_and_one_has_the_figures_of_all(EvaluationType type, int ranks)
    {
        AddSamples();
        var whole = Evaluator(type, session: null).Evaluate(default);
        string[] lines = [.. set.Log];
        var (images, texts) = (imagesEncoded, textsEncoded);
        (imagesEncoded, textsEncoded) = (0, 0);
        set.Log.Clear();
        var results = new EvaluationResult[ranks];
        LoopBack.Run(ranks, world => results[world.Rank] = Evaluator(type, EvaluationSession.Of(world)).Evaluate(default));

        Assert.Equal(whole.Metrics, results[0].Metrics);
        Assert.Equal((whole.Samples, whole.Unreadable), (results[0].Samples, results[0].Unreadable));
        Assert.All(results[1..], result => Assert.Empty(result.Metrics));
        Assert.Equal((images, texts), (imagesEncoded, textsEncoded));                           // each once
        Assert.Equal(lines.Order(), set.Log.Order());                                           // and told once
    }

    [Theory]
    [InlineData(EvaluationType.Zeroshot, 2, 1)]
    [InlineData(EvaluationType.Zeroshot, 1, 3)]
    [InlineData(EvaluationType.Retrieval, 3, 2)]
    public void What_some_ranks_left_others_go_on_with(EvaluationType type, int before, int after)
    {
        AddSamples();
        var whole = Evaluator(type, session: null).Evaluate(default);
        imagesEncoded = 0;
        using (var stop = new CancellationTokenSource())
        {
            LoopBack.Run(before, world => Assert.ThrowsAny<OperationCanceledException>(() => Evaluator(
                type, Session(world: world), _ => imagesEncoded >= 4 ? stop.Cancel : null).Evaluate(world.Writes ? stop.Token : default)));
        }

        Assert.InRange(imagesEncoded, 4, 7);
        EvaluationResult? result = null;
        LoopBack.Run(after, world =>
        {
            var measured = Evaluator(type, Session(world: world)).Evaluate(default);
            result = world.Writes ? measured : result;
        });
        Assert.Equal(whole.Metrics, result!.Metrics);
        Assert.Equal((whole.Samples, whole.Unreadable), (result.Samples, result.Unreadable));

        // A finished result is taken by all ranks, and no rank waits for another.
        imagesEncoded = 0;
        LoopBack.Run(2, world => Evaluator(type, Session(world: world)).Evaluate(default));
        Assert.Equal(0, imagesEncoded);
    }

    [Fact]
    public void A_set_without_a_usable_item_is_refused_by_every_rank()
    {
        set.AddShard([("png", [1, 2, 3]), ("cls", "0"u8.ToArray())], [("png", [4]), ("cls", "1"u8.ToArray())]);
        string[] messages = ["", ""];
        LoopBack.Run(2, world => messages[world.Rank] = Assert.Throws<UserErrorException>(
            () => Evaluator(EvaluationType.Zeroshot, EvaluationSession.Of(world), batch: 1).Evaluate(default)).Message);
        Assert.Equal(messages[0], messages[1]);
        Assert.Contains("the last of 2 could not be used", messages[0], StringComparison.Ordinal);
    }

    [Fact]
    public void Captions_that_an_interrupted_session_encoded_are_not_encoded_again()
    {
        AddSamples();
        var whole = Evaluator(EvaluationType.Retrieval, session: null).Evaluate(default);
        textsEncoded = 0;
        using (var stop = new CancellationTokenSource())
        {
            Assert.ThrowsAny<OperationCanceledException>(
                () => Evaluator(EvaluationType.Retrieval, Session(), afterTexts: () => textsEncoded == 4 ? stop.Cancel : null)
                    .Evaluate(stop.Token));
        }

        Assert.Equal(whole.Metrics, Evaluator(EvaluationType.Retrieval, Session()).Evaluate(default).Metrics);
        Assert.Equal(14, textsEncoded);
    }

    [Fact]
    public void A_result_whose_file_is_damaged_is_measured_again()
    {
        AddSamples();
        var first = Evaluator(EvaluationType.Zeroshot, Session()).Evaluate(default);
        File.WriteAllText(Assert.Single(Directory.GetFiles(Path.Combine(cache, "evaluations"), "*.json")), "{\"Dataset\": ");
        Assert.Equal(first.Metrics, Evaluator(EvaluationType.Zeroshot, Session()).Evaluate(default).Metrics);
        Assert.Equal(14, imagesEncoded);
    }

    [Fact]
    public void A_finished_result_is_kept_until_all_are_and_then_only_classifiers_stay()
    {
        AddSamples();
        Evaluator(EvaluationType.Zeroshot, Session()).Evaluate(default); // the process ends here, before other sets
        var session = Session();
        var again = Evaluator(EvaluationType.Zeroshot, session).Evaluate(default);

        Assert.Equal(7, imagesEncoded);
        Assert.Equal((7, 3), (again.Samples, again.Unreadable));
        session.Complete();
        Assert.Equal(
            "classifiers",
            Path.GetFileName(Path.GetDirectoryName(Assert.Single(Directory.GetFiles(cache, "*", SearchOption.AllDirectories)))));
    }

    [Fact]
    public void A_text_classifier_is_computed_once_for_the_same_weights_and_prompts()
    {
        AddSamples();
        var first = Measure("a");
        Assert.Equal(6, textsEncoded);
        Assert.Equal(first.Metrics, Measure("a").Metrics);
        Assert.Equal(6, textsEncoded);

        Measure("b"); // other weights
        Assert.Equal(12, textsEncoded);
        set.Write("zeroshot_classification_templates.txt", "{c}\n");
        Measure("a"); // other prompts
        Assert.Equal(15, textsEncoded);

        EvaluationResult Measure(string weights)
        {
            var session = Session(weights);
            var result = Evaluator(EvaluationType.Zeroshot, session).Evaluate(default);
            session.Complete();
            return result;
        }
    }

    [Theory]
    [InlineData("weights")]
    [InlineData("data")]
    [InlineData("options")]
    public void What_was_kept_for_other_weights_data_or_options_is_not_used(string changed)
    {
        AddSamples();
        Evaluator(EvaluationType.Zeroshot, Session()).Evaluate(default);
        if (changed == "data")
        {
            set.AddShard(Labelled("red", "0"));
        }

        Evaluator(EvaluationType.Zeroshot, Session(changed == "weights" ? "b" : "a"), batch: changed == "options" ? 3 : 2)
            .Evaluate(default);
        Assert.Equal(7 + (changed == "data" ? 8 : 7), imagesEncoded);
    }

    [Fact]
    public void The_clock_knows_how_long_the_encoder_worked()
    {
        AddSamples();
        var session = Session();
        Evaluator(EvaluationType.Zeroshot, session, _ => { Thread.Sleep(20); return null; }).Evaluate(default);
        Assert.InRange(session.Clock.Encoding.ElapsedMilliseconds, 4 * 20, session.Clock.Total.ElapsedMilliseconds);
        Assert.InRange(session.Clock.EncoderShare + session.Clock.MetricsShare, 0.2, 1);
    }

    /// <summary>
    /// Two shards with seven good samples of fourteen captions; two bad ones and, at the end of the first shard, a damaged one.
    /// </summary>
    private void AddSamples()
    {
        (string, byte[])[] Good(string colour, string label) =>
        [
            ("png", Picture(colour)),
            ("cls", System.Text.Encoding.ASCII.GetBytes(label)),
            ("txt", System.Text.Encoding.ASCII.GetBytes($"{colour}\na {colour} square")),
        ];
        set.AddShard(
            Good("red", "0"),
            Good("blue", "1"),
            [("png", [1, 2, 3]), ("cls", "0"u8.ToArray()), ("txt", "red"u8.ToArray())],
            Good("green", "1"),
            Good("red", "0"),
            Good("red", "2"));
        var shard = Path.Combine(set.Root, "test", "0.tar");
        var bytes = File.ReadAllBytes(shard);
        File.WriteAllBytes(shard, bytes[..(bytes.Length - 1024 - 512 + 10)]); // inside the last caption
        set.AddShard(Good("green", "1"), Good("blue", "2"), Good("green", "0"), [("cls", "0"u8.ToArray()), ("txt", "red"u8.ToArray())]);
    }

    private EvaluationSession Session(string weights = "a", World? world = null)
        => new(cache, weights.PadRight(64, '0'), "encoder", 3, world) { Report = progress.Add };

    private IEvaluator Evaluator(
        EvaluationType type,
        EvaluationSession? session,
        Func<Tensor, Action?>? afterImages = null,
        Func<Action?>? afterTexts = null,
        int batch = 2)
    {
        Tensor Images(Tensor images)
        {
            imagesEncoded += (int)images.shape[0];
            afterImages?.Invoke(images)?.Invoke();
            return EncodeImages(images);
        }

        Tensor Texts(IReadOnlyList<string> texts)
        {
            textsEncoded += texts.Count;
            afterTexts?.Invoke()?.Invoke();
            return EncodeTexts(texts);
        }

        return ColourSet.Evaluator(set.Options(type, batch), Encoder with { Images = Images, Texts = Texts }, set.Log, session);
    }
}
