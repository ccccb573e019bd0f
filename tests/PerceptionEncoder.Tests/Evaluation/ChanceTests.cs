using PerceptionEncoder.Evaluation;
using PerceptionEncoder.Evaluation.Sets;
using PerceptionEncoder.Inference;
using PerceptionEncoder.Media.Images;
using PerceptionEncoder.Models.Clip;
using PerceptionEncoder.Tensors;
using PerceptionEncoder.Tests.Tokenization;
using PerceptionEncoder.Tokenization;
using PerceptionEncoder.Training;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tests.Evaluation;

/// <summary>A model that has learned nothing gives what guessing gives, within three standard deviations of the guess.</summary>
public sealed class ChanceTests : IDisposable
{
    private const int Side = 16;
    private const int Models = 8;

    private readonly string folder = Directory.CreateTempSubdirectory("pe-chance-").FullName;

    public ChanceTests() => TorchRuntime.Initialize();

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [SkippableTheory]
    [InlineData("cifar10-eval")]
    [InlineData("imagenet-sample")]
    public void Random_weights_classify_a_real_set_by_chance(string name)
    {
        var set = Set(EvaluationType.Zeroshot, name);
        var classes = File.ReadAllLines(Path.Combine(set.Data, "classnames.txt")).Length;
        var results = Measure(encoder => Evaluators.Create(set, encoder, Assert.Fail));

        AssertChance(results, "acc1", 1.0 / classes);
        AssertChance(results, "acc5", 5.0 / classes);
    }

    [SkippableFact]
    public void Random_weights_retrieve_by_chance()
    {
        var set = Set(EvaluationType.Retrieval, "flickr8k-retrieval");
        var results = Measure(encoder => Evaluators.Create(set, encoder, Assert.Fail));

        foreach (var k in new[] { 1, 5, 10 })
        {
            AssertChance(results, $"image_retrieval_recall@{k}", k / 200.0);
            AssertChance(
                results,
                $"text_retrieval_recall@{k}",
                1 - Enumerable.Range(0, k).Aggregate(1.0, (miss, drawn) => miss * (995 - drawn) / (1000 - drawn)));
        }
    }

    /// <summary>
    /// The mean over the models against its own spread: the samples of a class look alike, so that one model's hits are not independent of
    /// each other, but those of different models are. The spread is at least that of independent guesses.
    /// </summary>
    private static void AssertChance(List<EvaluationResult> results, string metric, double chance)
    {
        var values = results.Select(result => result.Metrics[metric]).ToArray();
        var mean = values.Average();
        var guesses = chance * (1 - chance) / results[0].Samples;
        var variance = Math.Max(guesses, values.Sum(value => (value - mean) * (value - mean)) / (values.Length - 1));
        Assert.InRange((mean - chance) / Math.Sqrt(variance / values.Length), -3, 3);
    }

    private EvaluationSetOptions Set(EvaluationType type, string name)
    {
        var data = Path.Combine(RepositoryPaths.Data, name);
        Skip.IfNot(Directory.Exists(data), $"no {name} in {RepositoryPaths.Data}; set PE_DATA_DIR");
        File.WriteAllText(Path.Combine(folder, "prompts.yaml"), "templates: ['a photo of a {c}.']\n");
        return new EvaluationSetOptions
        {
            Type = type,
            Name = name,
            Data = data,
            Transform = ImageFit.Squash,
            Prompts = type == EvaluationType.Zeroshot ? Path.Combine(folder, "prompts.yaml") : null,
        };
    }

    private static List<EvaluationResult> Measure(Func<ClipEncoder, IEvaluator> create)
    {
        var tokenizer = BpeTrainer.Train(SampleCaptions.All, 600);
        var results = new List<EvaluationResult>();
        for (var seed = 0; seed < Models; seed++)
        {
            random.manual_seed(seed);
            using var model = new ClipModel(new ClipOptions
            {
                Vision = new VisionOptions
                {
                    Width = 16,
                    Layers = 1,
                    Heads = 2,
                    PoolingHeads = 2,
                    PatchSize = 8,
                    ImageSize = Side,
                    OutputDim = 8,
                },
                Text = new TextOptions
                {
                    Width = 16,
                    Layers = 1,
                    Heads = 2,
                    ContextLength = 32,
                    VocabularySize = tokenizer.VocabularySize,
                    OutputDim = 8,
                },
            });
            using var encoder = new ClipEncoder(model, tokenizer, CPU);
            results.Add(create(encoder).Evaluate(default));
        }

        return results;
    }
}
