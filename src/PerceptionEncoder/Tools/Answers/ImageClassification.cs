using System.Globalization;
using PerceptionEncoder.Configuration;
using PerceptionEncoder.Data.Items;
using PerceptionEncoder.Evaluation.Harness;
using PerceptionEncoder.Evaluation.Probes;
using PerceptionEncoder.Evaluation.Sets;
using PerceptionEncoder.Inference;
using PerceptionEncoder.Presentation;
using PerceptionEncoder.Serialization.Features;
using PerceptionEncoder.Serialization.Weights;
using PerceptionEncoder.Tensors;
using PerceptionEncoder.Tools.Features;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tools.Answers;

// B images · C classes
/// <summary>Classes of images with probabilities, as CSV: by the names of the classes (zero-shot), or by a saved probe.</summary>
public sealed record ImageClassification
{
    private const int RowsAtOnce = 4096;
    private const int PromptsAtOnce = 256;

    /// <summary>The images, or for zero-shot a feature file of them; says how they are encoded too.</summary>
    public required FeatureSource Source { get; init; }

    /// <summary>Names of the classes, for zero-shot.</summary>
    public IReadOnlyList<string> Classes { get; init; } = [];

    /// <summary>A file with the name of a class a line, in place of <see cref="Classes"/>.</summary>
    public string? ClassesFile { get; init; }

    /// <summary>A YAML file of <c>templates</c>, and of <c>class_names</c> where no others are given; null for a plain prompt.</summary>
    public string? Prompts { get; init; }

    /// <summary>A file of <see cref="SavedProbe"/>, in place of classes.</summary>
    public string? Probe { get; init; }

    /// <summary>Classes named for each image, the most probable first.</summary>
    public int Top { get; init; } = 1;

    /// <summary>Classifies.</summary>
    /// <param name="write">Takes the text of the CSV, head first, in pieces.</param>
    /// <param name="log">Takes lines about what is used and what cannot be.</param>
    /// <param name="report">Called after each batch of images.</param>
    /// <param name="cancellation">Stops.</param>
    /// <returns>Images of each class that is the most probable of one.</returns>
    /// <exception cref="UserErrorException">Bad options, inputs, checkpoint, prompts or probe; says what to do.</exception>
    public IReadOnlyDictionary<string, long> Run(
        Action<string> write,
        Action<string> log,
        Action<EncodingProgress>? report,
        CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(write);
        Require(Top >= 1, $"--top {Top}: name at least one class of an image.");
        return Probe is null ? ByNames(write, log, report, cancellation) : ByProbe(Probe, write, log, report, cancellation);
    }

    private Dictionary<string, long> ByNames(
        Action<string> write,
        Action<string> log,
        Action<EncodingProgress>? report,
        CancellationToken cancellation)
    {
        var prompts = Prompts is null ? null : ConfigLoader.Load<PromptOptions>(Prompts).Value;
        var templates = prompts?.Templates is { Count: > 0 } some
            ? ClipBenchmarkFolder.CheckTemplates(some, Prompts!)
            : [ClipBenchmarkFolder.PlainTemplate];
        IReadOnlyList<string> names = ClassesFile is not null
            ? [.. UserText.Read(ClassesFile).Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0)]
            : Classes.Count > 0 ? Classes : prompts?.ClassNames ?? [];
        Require(names.Count >= 2, "name the classes, two or more: --classes \"dog\" \"cat\", --classes-file FILE, or --probe FILE.");
        var how = Source.Encode ?? throw new UserErrorException("classes are encoded by a model: add --checkpoint PATH.");
        var path = Source.Find(log, report, cancellation);
        using var scope = NewDisposeScope();
        using var file = FeatureReader.Open(path);
        FeatureSource.Check(file, WeightsLocation.Find(how.Checkpoint), log);
        using var encoder = ClipEncoder.Open(how.Checkpoint, how.Compute, how.Precision, null, how.Vocabulary);
        Require(
            file.RowShape.SequenceEqual([encoder.Dimension]),
            $"{path}: holds [{string.Join(", ", file.RowShape)}] numbers for each input, and classes have [{encoder.Dimension}]. "
            + "Encode pooled features with this checkpoint.");
        var weights = ZeroShotClassifier.Weights(names, templates, encoder.EncodeTexts, PromptsAtOnce, cancellation).cpu();
        var scale = encoder.LogitScale;
        return Write(
            file,
            names,
            rows => nn.functional.normalize(rows.to(float32), p: 2, dim: -1).matmul(weights).mul(Scalars.Of(scale)).softmax(-1),
            write,
            cancellation);
    }

    private Dictionary<string, long> ByProbe(
        string saved,
        Action<string> write,
        Action<string> log,
        Action<EncodingProgress>? report,
        CancellationToken cancellation)
    {
        Require(
            Classes.Count == 0 && ClassesFile is null && Prompts is null,
            "--probe knows its classes: leave names of classes and prompts out.");
        Require(!Source.IsFile, $"{Source.Inputs[0]}: holds features, where a saved probe sees images. Name these.");
        var how = Source.Encode ?? throw new UserErrorException("images are encoded by a model: add --checkpoint PATH.");
        using var probe = SavedProbe.Open(saved);
        probe.Require(WeightsLocation.Find(how.Checkpoint));
        probe.To(how.Compute.Prepare());
        var source = Source with
        {
            Encode = how with
            {
                ImageSize = probe.ImageSize,
                Transform = probe.Transform,
                Head = new ImageHead(WeightsHash.Of(saved), probe.Classes.Count, probe.Probabilities),
            },
        };
        using var file = FeatureReader.Open(source.Find(log, report, cancellation));
        return Write(file, probe.Classes, rows => rows, write, cancellation);
    }

    private Dictionary<string, long> Write(
        FeatureReader file,
        IReadOnlyList<string> names,
        Func<Tensor, Tensor> probabilities,
        Action<string> write,
        CancellationToken cancellation)
    {
        var most = Math.Min(Top, names.Count);
        write(TableText.CsvLine(Enumerable.Range(1, most)
            .SelectMany(rank => rank == 1 ? (string[])["prediction", "probability"] : [$"prediction_{rank}", $"probability_{rank}"])
            .Prepend("id")));
        var counts = new Dictionary<string, long>();
        using var keys = file.Keys().GetEnumerator();
        foreach (var block in file.Blocks(RowsAtOnce))
        {
            cancellation.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            using (block)
            {
                var (values, indices) = probabilities(block).topk(most, 1);
                var (shares, classes) = (values.contiguous().data<float>().ToArray(), indices.contiguous().data<long>().ToArray());
                for (var row = 0; row < block.shape[0] && keys.MoveNext(); row++)
                {
                    var first = names[(int)classes[row * most]];
                    counts[first] = counts.GetValueOrDefault(first) + 1;
                    write(TableText.CsvLine(Enumerable.Range(row * most, most)
                        .SelectMany(at => (string[])[names[(int)classes[at]], shares[at].ToString("0.####", CultureInfo.InvariantCulture)])
                        .Prepend(keys.Current)));
                }
            }
        }

        return counts;
    }

    private static void Require(bool holds, string problem)
    {
        if (!holds)
        {
            throw new UserErrorException(problem);
        }
    }
}
