using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Models.Clip;
using PerceptionEncoder.Models.Language;
using PerceptionEncoder.Inference;
using PerceptionEncoder.Optimization;
using PerceptionEncoder.Tensors;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;
using FeatureRows = PerceptionEncoder.Evaluation.Harness.Frozen.FeatureRows;

namespace PerceptionEncoder.Evaluation.QuestionAnswering;

// b questions of a step · P patches of a picture · V visual tokens · D width of the tower
/// <summary>A projector and a small decoder that learn to answer questions from the tokens of one layer of a frozen tower.</summary>
internal sealed class QuestionProbe : IDisposable
{
    /// <summary>Share of the answers that are right word for word.</summary>
    public const string Exact = "exact";

    private const int RowLength = 256;

    private readonly QuestionProbeOptions options;
    private readonly Device device;
    private readonly WordVocabulary words;
    private readonly LanguageModel model;
    private readonly int side;

    /// <param name="options">How it learns.</param>
    /// <param name="tower">Whose tokens it sees.</param>
    /// <param name="questions">That it learns from: their words are all it knows.</param>
    /// <param name="device">Where it is.</param>
    public QuestionProbe(QuestionProbeOptions options, VisionOptions tower, IReadOnlyList<AskedQuestion> questions, Device device)
    {
        (this.options, this.device, side) = (options, device, tower.ImageSize);
        words = new WordVocabulary(questions.SelectMany(question => new[] { question.Question, question.Answer }));
        Randomness.Seed(device, unchecked((long)options.Seed));
        model = new LanguageModelOptions
        {
            // The tower itself stays outside: of the model's own one nothing is used but the shape of its tokens.
            Vision = tower with { Layers = 1, Pooling = Pooling.None, OutputDim = null, UseLnPost = false },
            Projector = new ProjectorOptions { PoolingRatio = options.PoolingRatio },
            Decoder = new DecoderOptions
            {
                VocabularySize = words.Size,
                Width = options.Width,
                Layers = options.Layers,
                Heads = options.Heads,
                KeyValueHeads = options.Heads,
                FeedForwardWidth = 3 * options.Width,
                RopeTheta = 10_000,
            },
        }.Build();
        model.to(device);
    }

    /// <summary>Learns for the options' number of steps.</summary>
    /// <param name="tokens">Of the layer, [n, P, D].</param>
    /// <param name="questions">One a picture.</param>
    /// <param name="cancellation">Stops between steps.</param>
    public void Train(FeatureRows tokens, IReadOnlyList<AskedQuestion> questions, CancellationToken cancellation)
    {
        var trained = model.named_parameters().Where(entry => !entry.name.StartsWith(LanguageTensors.Tower, StringComparison.Ordinal))
            .Select(entry => (entry.name, entry.parameter)).ToArray();
        using var optimizer = new OptimizerOptions { Type = OptimizerKind.Adamw, WeightDecay = 0.01, ClipGradNorm = 1 }.Create(trained);
        var schedule = new ScheduleOptions { WarmupSteps = options.Steps / 20, FinalShare = 0.01 };
        model.train();
        for (var step = 0L; step < options.Steps; step++)
        {
            cancellation.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            int[] drawn = [.. Enumerable.Range(0, options.StepBatch).Select(i => (int)(SampleRandom.Mix(
                options.Seed, (ulong)step, (ulong)i) % (ulong)questions.Count))];
            var (logits, packed) = Answer(tokens, drawn, questions, RowLength);
            optimizer.ZeroGradients();
            BackwardPass.Run(functional.cross_entropy(logits, packed.Targets.SendTo(device)));
            optimizer.Step(schedule.LearningRate(step, options.Steps, options.LearningRate));
        }
    }

    /// <summary>Share of the questions of which every token of the answer is the most likely one: what greedy decoding would say.</summary>
    /// <param name="tokens">Of the layer, [n, P, D].</param>
    /// <param name="questions">One a picture.</param>
    /// <param name="cancellation">Stops between batches.</param>
    public double Measure(FeatureRows tokens, IReadOnlyList<AskedQuestion> questions, CancellationToken cancellation)
    {
        using var noGradient = no_grad();
        model.eval();
        var isRight = Enumerable.Repeat(true, questions.Count).ToArray();
        foreach (var some in Enumerable.Range(0, questions.Count).Chunk(options.StepBatch))
        {
            cancellation.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            var (logits, packed) = Answer(tokens, some, questions, rowLength: 0);
            var said = logits.argmax(-1).eq(packed.Targets.SendTo(device)).cpu().data<bool>().ToArray();
            foreach (var (token, question) in packed.AskedOf.Index())
            {
                isRight[some[question]] &= said[token];
            }
        }

        return isRight.Count(right => right) / (double)questions.Count;
    }

    /// <inheritdoc/>
    public void Dispose() => model.Dispose();

    private (Tensor Logits, PackedDialogues Packed) Answer(
        FeatureRows tokens,
        int[] chosen,
        IReadOnlyList<AskedQuestion> questions,
        int rowLength)
    {
        // Layers differ in scale; what is compared is what their tokens hold.
        var features = tokens.Take(chosen, device);                                                          // [b, P, D]
        var visual = model.Project(functional.layer_norm(features, [features.shape[2]]), side, side).flatten(0, 1);
        var packed = Lay([.. chosen.Select(i => questions[i])], (int)(visual.shape[0] / chosen.Length), rowLength);
        return (packed.Logits(model, visual, device), packed);
    }

    /// <summary>Picture, question, answer, end.</summary>
    private PackedDialogues Lay(AskedQuestion[] asked, int visualTokens, int rowLength)
    {
        var dialogues = Array.ConvertAll(asked, one => (
            Before: (int[])
                [.. Enumerable.Repeat(WordVocabulary.Picture, visualTokens), .. words.Encode(one.Question), WordVocabulary.AnswerStart],
            Answer: (int[])[.. words.Encode(one.Answer), WordVocabulary.End]));
        int[] lengths = Array.ConvertAll(dialogues, dialogue => dialogue.Before.Length + dialogue.Answer.Length);
        var context = lengths.Max();
        var (ids, isAnswer) = (new long[asked.Length * context], new bool[asked.Length * context]);
        for (var i = 0; i < asked.Length; i++)
        {
            foreach (var (t, id) in dialogues[i].Before.Concat(dialogues[i].Answer).Index())
            {
                ids[(i * context) + t] = id;
                isAnswer[(i * context) + t] = t >= dialogues[i].Before.Length;
            }
        }

        return PackedDialogues.Of(lengths, ids, isAnswer, WordVocabulary.Picture, rowLength);
    }
}
