using PerceptionEncoder.Data.Batches;
using PerceptionEncoder.Data.Dialogues;
using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Distributed;
using PerceptionEncoder.Evaluation.Harness;
using PerceptionEncoder.Inference;
using PerceptionEncoder.Media.Images;
using PerceptionEncoder.Models.Language;
using PerceptionEncoder.Tensors;
using PerceptionEncoder.Training;
using static TorchSharp.torch;

namespace PerceptionEncoder.Evaluation.QuestionAnswering;

/// <summary>
/// The answers of held-out dialogues, as a language model in training would give them. Every token is asked for behind the right ones
/// before it: an answer of which each is the likeliest is the one that greedy decoding writes, and the only one counted as exact.
/// </summary>
/// <param name="options">The set.</param>
/// <param name="model">On <see cref="Device"/>.</param>
/// <param name="decoder">As in training, but for what a stage leaves out of its dialogues.</param>
/// <param name="layout">Of the dialogues that it decodes.</param>
/// <param name="imageToken">Id that stands in the place of a visual token.</param>
internal sealed class AnswerEvaluator(
    AnswerSetOptions options,
    LanguageModel model,
    DialogueDecoder decoder,
    BatchLayout layout,
    int imageToken) : IEvaluator
{
    private const string Exact = "exact", Accuracy = "answer_accuracy";

    /// <summary>Where the model is.</summary>
    public Device Device { get; init; } = CPU;

    /// <summary>Arithmetic of matrix products.</summary>
    public Precision Precision { get; init; } = Precision.Fp32;

    /// <summary>Each rank answers every so many batches.</summary>
    public World World { get; init; } = World.Single;

    /// <summary>Takes a line for each dialogue that cannot be used.</summary>
    public Action<string> Log { get; init; } = _ => { };

    /// <summary>Names of the figures: shares of exact answers, and of right tokens.</summary>
    public static IReadOnlyList<string> Figures => [Exact, Accuracy];

    /// <inheritdoc/>
    public string Name => options.Name;

    /// <inheritdoc/>
    public IReadOnlyList<string> Metrics => Figures;

    /// <inheritdoc/>
    /// <exception cref="UserErrorException">A shard is missing, or no dialogue can be used.</exception>
    public EvaluationResult Evaluate(CancellationToken cancellation)
    {
        var wasTraining = model.training;
        model.eval();
        try
        {
            var (sums, faults) = (new Sums(), new BadSamples());
            faults.Found += Report;
            var mine = RankBlocks.Mine(World, Samples(faults), options.Batch);
            var stop = RankBlocks.AtOnce(World, cancellation);
            foreach (var batch in ReadAhead.InOrder(mine, Decode, options.Batch + World.Cores, stop).Chunk(options.Batch))
            {
                SampleFields[] usable = [.. batch.OfType<SampleFields>()];
                sums.Unreadable += batch.Length - usable.Length;
                if (usable.Length > 0)
                {
                    Add(usable, sums);
                }
            }

            World.StopTogether(cancellation);
            sums.Unreadable += World.Writes ? (int)faults.FaultsByReason.GetValueOrDefault(BadSamples.DamagedShard) : 0;
            return Result(World.Sums(sums.Dialogues, sums.Exact, sums.Tokens, sums.Right, sums.Unreadable));
        }
        finally
        {
            model.train(wasTraining);
        }
    }

    /// <summary>Every rank reads them all.</summary>
    private IEnumerable<Sample> Samples(BadSamples faults)
        => SampleReader.ReadShards(ShardOrder.Find(options.Shards), faults).Take(options.Limit ?? int.MaxValue);

    private void Report(BadSample fault)
    {
        if (World.Writes)
        {
            Log($"{options.Name}: {fault.Shard}: {fault.Reason} ({fault.Detail})");
        }
    }

    private SampleFields? Decode(Sample sample)
    {
        var fields = new SampleFields(layout);
        try
        {
            decoder.Decode(sample, options.Source, sampleSeed: 0, fields);
            return fields;
        }
        catch (BadSampleException unusable)
        {
            return Unusable(sample, unusable.Reason, unusable.Message);
        }
        catch (ImageException unusable)
        {
            return Unusable(sample, unusable.Reason, unusable.Message);
        }
    }

    private SampleFields? Unusable(Sample sample, string reason, string detail)
    {
        Log($"{options.Name}: {sample.Key} in {sample.Shard}: {reason} ({detail})");
        return null;
    }

    private void Add(SampleFields[] dialogues, Sums sums)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        using var batch = DialogueBatch.Of(layout, dialogues);
        var read = new DialogueBatch(batch);
        var packed = PackedDialogues.Of(read, imageToken, rowLength: 0);
        using var precision = Precision.Enter(Device);
        var (logits, targets) = packed.Answer(model, read, Device);                                           // [A, vocabulary], [A]
        var right = logits.argmax(-1).eq(targets).cpu().data<bool>().ToArray();
        var isExact = Enumerable.Repeat(true, dialogues.Length).ToArray();
        foreach (var (token, dialogue) in packed.AskedOf.Index())
        {
            isExact[dialogue] &= right[token];
        }

        sums.Dialogues += dialogues.Length;
        sums.Exact += isExact.Count(exact => exact);
        sums.Tokens += right.Length;
        sums.Right += right.Count(token => token);
    }

    private EvaluationResult Result(double[] sums) => sums is [> 0 and var dialogues, var exact, var tokens, var right, var bad]
        ? new EvaluationResult(
            Name,
            "answers",
            new Dictionary<string, double> { [Exact] = exact / dialogues, [Accuracy] = right / tokens },
            (int)dialogues,
            (int)bad)
        : throw new UserErrorException($"{options.Shards}: none of its dialogues can be used. Look at the log for the reasons.");

    private sealed class Sums
    {
        public int Dialogues { get; set; }

        public int Exact { get; set; }

        public int Tokens { get; set; }

        public int Right { get; set; }

        public int Unreadable { get; set; }
    }
}
