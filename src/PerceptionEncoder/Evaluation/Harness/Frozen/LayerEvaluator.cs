using System.Diagnostics;
using PerceptionEncoder.Configuration;
using PerceptionEncoder.Evaluation.Sets;
using PerceptionEncoder.Models.Clip;
using PerceptionEncoder.Tensors;
using PerceptionEncoder.Training;
using static TorchSharp.torch;

namespace PerceptionEncoder.Evaluation.Harness.Frozen;

/// <summary>
/// Some tasks at any number of layers of a frozen tower on one set: each part of the set is encoded once, whatever the number of layers and
/// tasks; then the layers are measured one after the other, so that memory holds one layer's features. A layer's figures are the same alone
/// and among others.
/// </summary>
public abstract class LayerEvaluator : IEvaluator
{
    /// <summary>The tower, in eval mode.</summary>
    public required VisionTransformer Vision { get; init; }

    /// <summary>Where the tower is, and what is trained on its features.</summary>
    public required Device Device { get; init; }

    /// <summary>Arithmetic of the tower's matrix products; what is trained computes in float32.</summary>
    public Precision Precision { get; init; } = Precision.Auto;

    /// <summary>Indices from 0, each once.</summary>
    public required IReadOnlyList<int> Layers { get; init; }

    /// <summary>Where it works and whom it tells.</summary>
    public required LayerWork Work { get; init; }

    /// <inheritdoc/>
    public abstract string Name { get; }

    /// <summary>Names of what is measured, such as <c>knn</c>.</summary>
    public abstract IReadOnlyList<string> TaskNames { get; }

    /// <summary>Counts the time spent waiting for pictures.</summary>
    private protected ReadingClock Reading { get; } = new();

    /// <inheritdoc/>
    /// <remarks>
    /// Named by layer as <see cref="LayerResult.Result"/> has them. The number of classes of a set, on which the names depend, takes a pass
    /// over its labels.
    /// </remarks>
    public IReadOnlyList<string> Metrics
        => [.. Layers.SelectMany(
            layer => TaskNames.SelectMany(task => MetricsOf(task).Select(metric => LayerResult.NameOf(layer, $"{task}_{metric}"))))];

    /// <inheritdoc/>
    /// <exception cref="UserErrorException">The set cannot be read, has no usable image, or the disk is full.</exception>
    public EvaluationResult Evaluate(CancellationToken cancellation) => Run(cancellation).Result;

    /// <summary>Encodes and measures.</summary>
    /// <param name="cancellation">Stops between batches and steps; the kept features go, finished figures stay.</param>
    /// <exception cref="UserErrorException">The set cannot be read, has no usable image, or the disk is full.</exception>
    /// <exception cref="OperationCanceledException">Stopped.</exception>
    public LayerResult Run(CancellationToken cancellation)
    {
        Validate();
        var finished = Work.Finished.Of(Deciding);
        (int Layer, string Task)[] all = [.. Layers.SelectMany(layer => TaskNames.Select(task => (layer, task)))];
        var figures = all.Select(pair => finished.Find(pair.Layer, pair.Task)).OfType<LayerFigures>()
            .ToDictionary(found => (found.Layer, found.Task));
        if (figures.Count > 0)
        {
            Work.Log($"{Name}: going on after {figures.Count} of {all.Length} figures of an interrupted sweep");
        }

        var (encoding, measuring) = (0.0, 0.0);
        if (all.Where(pair => !figures.ContainsKey(pair)).ToArray() is { Length: > 0 } open)
        {
            using var scope = NewDisposeScope();
            using var folder = FeatureFolder.Create(Work.Cache);
            var clock = Stopwatch.StartNew();
            int[] layers = [.. open.Select(pair => pair.Layer).Distinct()];
            using var encoded = Encode(layers, [.. open.Select(pair => pair.Task).Distinct()], folder.Path, cancellation);
            encoding = clock.Elapsed.TotalSeconds;
            foreach (var (layer, task) in open)
            {
                var done = Array.IndexOf(layers, layer);
                Work.Report?.Invoke(new LayerProgress(
                    $"{Name} layer {layer} {task}",
                    done,
                    layers.Length,
                    done / Math.Max(1e-9, clock.Elapsed.TotalSeconds - encoding)));
                var measured = encoded.Measure(layer, task, cancellation);
                finished.Keep(measured);
                figures[(layer, task)] = measured;
            }

            measuring = clock.Elapsed.TotalSeconds - encoding;
        }

        return LayerResult.Of(Name, [.. all.Select(pair => figures[pair])], encoding, Reading.Seconds, measuring);
    }

    /// <summary>Checks what was asked for.</summary>
    /// <exception cref="UserErrorException">The tower or the set cannot give it.</exception>
    private protected abstract void Validate();

    /// <summary>Everything that decides a figure but the tower, the layer and the task.</summary>
    private protected abstract IEnumerable<string> Deciding();

    /// <summary>Names of a task's figures.</summary>
    private protected abstract IReadOnlyList<string> MetricsOf(string task);

    /// <summary>Encodes the set, once.</summary>
    /// <param name="layers">That are measured.</param>
    /// <param name="tasks">That are measured at any of them.</param>
    /// <param name="folder">For features; exists.</param>
    /// <param name="cancellation">Stops between batches.</param>
    private protected abstract EncodedLayers Encode(
        IReadOnlyList<int> layers,
        IReadOnlyList<string> tasks,
        string folder,
        CancellationToken cancellation);

    /// <summary>Runs a set through the tower, at the layers given.</summary>
    private protected void Pass<T>(
        EvaluationReader<T> reader,
        string part,
        IReadOnlyList<int> layers,
        Action<int, Tensor, IReadOnlyList<T>, Landing> take,
        CancellationToken cancellation)
        => new LayerPass(Vision, Device, Precision, layers, Reading)
            .Run(
                reader,
                take,
                (images, rate) => Work.Report?.Invoke(new LayerProgress($"{Name} {part}", images, null, rate)),
                cancellation);

    /// <summary>Keeps the patch tokens of both parts of a set at the layers given.</summary>
    private protected (LayerTokens<T> Train, LayerTokens<T> Test) KeepTokens<T>(
        OpenedSet<T> train,
        OpenedSet<T> test,
        IReadOnlyList<int> layers,
        string folder,
        CancellationToken cancellation)
    {
        var kept = KeepTokens(train, "train", layers, folder, cancellation);
        try
        {
            return (kept, KeepTokens(test, "test", layers, folder, cancellation));
        }
        catch
        {
            kept.Dispose();
            throw;
        }
    }

    /// <summary>Keeps the patch tokens of one part of a set at the layers given.</summary>
    private protected LayerTokens<T> KeepTokens<T>(
        OpenedSet<T> set,
        string part,
        IReadOnlyList<int> layers,
        string folder,
        CancellationToken cancellation)
    {
        var reader = new EvaluationReader<T>(set, Vision.Options.ImageSize, Work.Log);
        var tokens = new LayerTokens<T>(folder, part, layers);
        try
        {
            var classTokens = Vision.Options.UseClassToken ? 1 : 0;
            Pass(
                reader,
                part,
                layers,
                (layer, batch, paired, landing) => tokens.Add(layer, batch, classTokens, paired, landing, Name),
                cancellation);
            tokens.Unreadable = reader.Unreadable;
            return tokens;
        }
        catch
        {
            tokens.Dispose();
            throw;
        }
    }

    /// <summary>Ends the evaluation where a rule of the options is broken: a command gives them unchecked.</summary>
    private protected void RequireValid(object options)
    {
        foreach (var (key, problem) in RecordRules.Problems(options))
        {
            Require(holds: false, $"{key}: {problem}.");
        }
    }

    /// <summary>Ends the evaluation where something does not hold.</summary>
    private protected void Require(bool holds, string problem)
    {
        if (!holds)
        {
            throw new UserErrorException($"data set {Name}: {problem}");
        }
    }
}
