using PerceptionEncoder.Evaluation.QuestionAnswering;
using PerceptionEncoder.Evaluation.Reports;
using PerceptionEncoder.Media.Images;
using PerceptionEncoder.Models.Language;
using PerceptionEncoder.Serialization.Weights;
using PerceptionEncoder.Tensors;
using PerceptionEncoder.Tests.Models.Language;
using PerceptionEncoder.Tokenization.Language;

namespace PerceptionEncoder.Tests.Evaluation.QuestionAnswering;

public sealed class AnsweringModelTests : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("pe-answering-").FullName;
    private readonly List<string> said = [];

    public AnsweringModelTests()
    {
        Directory.CreateDirectory(Path.Combine(root, "chartqa"));
        foreach (var (name, shade) in new[] { ("a.png", 10), ("b.png", 200) })
        {
            File.WriteAllBytes(
                Path.Combine(root, "chartqa", name),
                PngEncoder.Encode(new DecodedImage(40, 20, 3, [.. Enumerable.Repeat((byte)shade, 2400)], Indexed: false)));
        }

        string[] pictures = ["a.png", "b.png", "gone.png", "a.png", "b.png"];
        File.WriteAllLines(Path.Combine(root, "chartqa", "qa.jsonl"), pictures.Select((picture, index)
            => $$"""{"question_id": {{index}}, "image": "{{picture}}", "question": "q{{index}}", "answers": ["a"]}"""));
        Write(SmallLanguageModel.Seeing, "seeing.safetensors");
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(3, 2)]
    public void A_model_answers_what_it_can_see_and_is_asked_only_once(int batch, int tiles)
    {
        var result = Run(batch, tiles, out var answers);
        Assert.Equal((4, 1), (result.Result.Samples, result.Result.Unreadable));
        Assert.Equal(Path.Combine(root, "seeing.safetensors"), result.Model);
        Assert.Contains(said, line => line.StartsWith("question 2: ", StringComparison.Ordinal) && line.Contains("gone.png"));
        Assert.Equal(4, answers.Length);
        Assert.Empty(Directory.GetFiles(Path.Combine(root, "cache", "evaluations")));
        Run(2, tiles, out var others);
        Assert.Equal(answers, others);                           // whatever stands beside a question
    }

    [Fact]
    public void What_was_answered_before_a_stop_is_not_asked_again()
    {
        using var stop = new CancellationTokenSource();
        var plan = Plan(1, 1);
        Assert.ThrowsAny<OperationCanceledException>(() => plan.Run(
            said.Add,
            (_, done, _) => (done == 2 ? stop : new CancellationTokenSource()).Cancel(),
            _ => Assert.Fail("was stopped"),
            stop.Token));
        Assert.Equal(2, File.ReadLines(Assert.Single(Directory.GetFiles(Path.Combine(root, "cache", "evaluations")))).Count());
        var first = 0;
        plan.Run(said.Add, (_, done, _) => first = first == 0 ? done : first, _ => { }, CancellationToken.None);
        Assert.Equal(3, first);
    }

    [Fact]
    public void A_model_of_words_alone_is_refused_for_pictures_and_so_are_two_sources_of_answers()
    {
        Write(SmallLanguageModel.Text, "text.safetensors");
        var plan = Plan(1, 1);
        var words = plan.Model! with { Checkpoint = Path.Combine(root, "text.safetensors") };
        Assert.Contains("reads text alone", Fails(plan with { Model = words }));
        Assert.Contains("either answers", Fails(plan with { Model = null }));
        Assert.Contains("either answers", Fails(plan with { Predictions = "x.jsonl" }));
        Assert.Contains("tiles 0", Fails(plan with { Model = plan.Model! with { Tiles = 0 } }));
    }

    public void Dispose() => Directory.Delete(root, recursive: true);

    private string Fails(QuestionAnsweringRun plan) => Assert.Throws<UserErrorException>(
        () => plan.Run(said.Add, null, _ => Assert.Fail("has failed"), CancellationToken.None)).Message;

    private EvaluationReport Run(int batch, int tiles, out string[] answers)
    {
        IReadOnlyList<EvaluationReport> results = [];
        var kept = Path.Combine(root, "kept.jsonl");
        (Plan(batch, tiles) with { Output = kept }).Run(said.Add, null, reports => results = reports, CancellationToken.None);
        answers = File.ReadAllLines(kept);
        return Assert.Single(results);
    }

    private QuestionAnsweringRun Plan(int batch, int tiles) => new()
    {
        Sets = ["chartqa"],
        Data = root,
        Cache = Path.Combine(root, "cache"),
        Model = new AnsweringModelOptions
        {
            Checkpoint = Path.Combine(root, "seeing.safetensors"),
            Tokenizer = LanguageTokenizers.BytesName,
            Batch = batch,
            Tiles = tiles,
            System = "",
            Compute = new ComputeOptions { Device = DeviceKind.Cpu },
        },
    };

    private void Write(LanguageModelOptions small, string name)
    {
        var options = small with
        {
            Decoder = small.Decoder with { VocabularySize = LanguageTokenizers.Bytes.VocabularySize, ContextLength = 400 },
        };
        using var model = SmallLanguageModel.Build(options);
        SafetensorsWriter.Write(
            Path.Combine(root, name),
            [.. model.state_dict().Select(entry => (entry.Key, entry.Value.detach()))],
            new LanguageArchitecture(options).Metadata);
    }
}
