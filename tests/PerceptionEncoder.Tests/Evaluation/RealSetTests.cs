using PerceptionEncoder.Data.Items;
using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Evaluation.Sets;
using PerceptionEncoder.Media.Images;
using PerceptionEncoder.Tensors;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tests.Evaluation;

/// <summary>
/// Every data set in CLIP-benchmark's layout that is in the data folder, read whole with a stand-in model of mean colours.
/// </summary>
public class RealSetTests
{
    private const string Absent = "(absent)";

    public static TheoryData<string> Sets
    {
        get
        {
            string[] names = Directory.Exists(RepositoryPaths.Data)
                ? [.. Directory.GetDirectories(RepositoryPaths.Data)
                    .Where(folder => File.Exists(Path.Combine(folder, "test", "nshards.txt")))
                    .Select(Path.GetFileName)
                    .Order(StringComparer.Ordinal)!]
                : [];
            return new(names.Length > 0 ? names : [Absent]);
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Sets))]
    public void Every_sample_of_a_real_set_is_measured(string name)
    {
        Skip.If(name == Absent, $"no evaluation set in {RepositoryPaths.Data}; set PE_DATA_DIR");
        TorchRuntime.Initialize();
        var root = Path.Combine(RepositoryPaths.Data, name);
        var folder = ClipBenchmarkFolder.Open(root);
        var type = folder.DatasetType == "retrieval" ? EvaluationType.Retrieval : EvaluationType.Zeroshot;
        var set = new EvaluationSetOptions { Type = type, Name = name, Data = root, Transform = ImageFit.Squash };
        var log = new List<string>();
        var evaluator = ColourSet.Evaluator(set, ColourSet.Encoder with { Texts = Lengths }, log);

        var result = evaluator.Evaluate(default);

        Assert.Empty(log);
        Assert.Equal(SampleReader.ReadShards(folder.Shards, new BadSamples(), new HashSet<string>()).Count(), result.Samples);
        Assert.All(result.Metrics.Values, value => Assert.InRange(value, 0, 1));
    }

    private static Tensor Lengths(IReadOnlyList<string> texts)
    {
        using var scope = NewDisposeScope();
        var lengths = tensor(texts.Select(text => (float)text.Length).ToArray());
        return stack([lengths, lengths.square(), lengths.sqrt()], dim: 1).MoveToOuterDisposeScope();
    }
}
