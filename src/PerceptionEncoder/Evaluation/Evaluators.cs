using PerceptionEncoder.Evaluation.Dense.Correspondence;
using PerceptionEncoder.Evaluation.Dense.Depth;
using PerceptionEncoder.Evaluation.Dense.Segmentation;
using PerceptionEncoder.Evaluation.Dense.Tracking;
using PerceptionEncoder.Evaluation.Harness;
using PerceptionEncoder.Evaluation.Harness.Frozen;
using PerceptionEncoder.Evaluation.Probes;
using PerceptionEncoder.Evaluation.QuestionAnswering;
using PerceptionEncoder.Evaluation.Retrieval;
using PerceptionEncoder.Evaluation.Sets;
using PerceptionEncoder.Evaluation.ZeroShot;
using PerceptionEncoder.Inference;
using PerceptionEncoder.Training;

namespace PerceptionEncoder.Evaluation;

/// <summary>From a set's options to what measures it: the one place, for commands, training, checks and ablations alike.</summary>
public static class Evaluators
{
    /// <summary>Opens the set; where no transform is chosen, the better of both is reported.</summary>
    /// <param name="set">The set.</param>
    /// <param name="encoder">Of the model.</param>
    /// <param name="log">Takes a line for each sample that cannot be used; the same line only once for both transforms.</param>
    /// <param name="session">Keeps what is computed; null to keep nothing.</param>
    /// <exception cref="UserErrorException">The set, its names, its prompts or ffmpeg is missing.</exception>
    public static IEvaluator Create(EvaluationSetOptions set, ClipEncoder encoder, Action<string> log, EvaluationSession? session = null)
    {
        ArgumentNullException.ThrowIfNull(set);
        ArgumentNullException.ThrowIfNull(encoder);
        return Create(OpenedSet.Open(set, log), FeatureEncoder.Of(encoder), log, session ?? EvaluationSession.None);
    }

    /// <summary>For a set that has been opened.</summary>
    internal static IEvaluator Create(OpenedSet set, FeatureEncoder encoder, Action<string> log, EvaluationSession session)
    {
        if (set.Options.Transform is not null)
        {
            return OfOneTransform(set, encoder, log, session);
        }

        var said = new HashSet<string>(StringComparer.Ordinal);
        return new BestTransformEvaluator(fit => OfOneTransform(
            set with { Options = set.Options with { Transform = fit } },
            encoder,
            line =>
            {
                if (said.Add(line) || fit == BestTransformEvaluator.First)
                {
                    log(line);
                }
            },
            session));
    }

    /// <summary>Probes of a frozen tower's layers.</summary>
    /// <param name="set">The set, and what is measured on it.</param>
    /// <param name="tower">The tower.</param>
    /// <param name="layers">Indices from 0.</param>
    /// <param name="options">How probes are trained.</param>
    /// <param name="feature">What nearest neighbours and the linear probe see.</param>
    /// <param name="work">Where it works and whom it tells.</param>
    /// <param name="saving">Where the one probe is kept; null for nowhere.</param>
    public static LayerEvaluator OfLayers(
        SweptSet set,
        FrozenTower tower,
        IReadOnlyList<int> layers,
        ProbeOptions options,
        ProbeFeature feature,
        LayerWork work,
        ProbeSaving? saving = null)
    {
        ArgumentNullException.ThrowIfNull(set);
        ArgumentNullException.ThrowIfNull(tower);
        ArgumentNullException.ThrowIfNull(work);
        return new LayerProbes
        {
            Vision = tower.Vision,
            Device = tower.Device,
            Precision = tower.Precision,
            EncodeTexts = tower.EncodeTexts,
            Set = set.Set,
            Tasks = set.Tasks,
            Layers = layers,
            Options = options,
            Feature = feature,
            Work = work,
            Saving = saving,
        };
    }

    /// <summary>Segmentation probes of a frozen tower's layers.</summary>
    /// <param name="set">The set.</param>
    /// <param name="tower">The tower.</param>
    /// <param name="layers">Indices from 0.</param>
    /// <param name="work">Where it works and whom it tells.</param>
    /// <param name="pictures">Folder for a sheet of each test picture; null for none.</param>
    public static LayerEvaluator OfLayers(
        SegmentationSetOptions set,
        FrozenTower tower,
        IReadOnlyList<int> layers,
        LayerWork work,
        string? pictures)
    {
        ArgumentNullException.ThrowIfNull(tower);
        return new LayerSegmentation
        {
            Vision = tower.Vision,
            Device = tower.Device,
            Precision = tower.Precision,
            Set = set,
            Layers = layers,
            Work = work,
            Pictures = pictures,
        };
    }

    /// <summary>Depth probes of a frozen tower's layers.</summary>
    /// <param name="set">The set.</param>
    /// <param name="tower">The tower.</param>
    /// <param name="layers">Indices from 0.</param>
    /// <param name="work">Where it works and whom it tells.</param>
    /// <param name="pictures">Folder for a sheet of each test picture; null for none.</param>
    public static LayerEvaluator OfLayers(
        DepthSetOptions set,
        FrozenTower tower,
        IReadOnlyList<int> layers,
        LayerWork work,
        string? pictures)
    {
        ArgumentNullException.ThrowIfNull(tower);
        return new LayerDepthMaps
        {
            Vision = tower.Vision,
            Device = tower.Device,
            Precision = tower.Precision,
            Set = set,
            Layers = layers,
            Work = work,
            Pictures = pictures,
        };
    }

    /// <summary>Objects followed through clips by a frozen tower's layers.</summary>
    /// <param name="set">The set.</param>
    /// <param name="tower">The tower.</param>
    /// <param name="layers">Indices from 0.</param>
    /// <param name="work">Where it works and whom it tells.</param>
    /// <param name="results">Where masks and pictures are kept; null for nowhere.</param>
    public static LayerEvaluator OfLayers(
        TrackingSetOptions set,
        FrozenTower tower,
        IReadOnlyList<int> layers,
        LayerWork work,
        TrackingResults? results)
    {
        ArgumentNullException.ThrowIfNull(tower);
        return new LayerTracking
        {
            Vision = tower.Vision,
            Device = tower.Device,
            Precision = tower.Precision,
            Set = set,
            Layers = layers,
            Work = work,
            Tracked = results is null or { IsEmpty: true } ? null : results.Keep,
        };
    }

    /// <summary>Key points found by the features of a frozen tower's layers.</summary>
    /// <param name="set">The set.</param>
    /// <param name="tower">The tower.</param>
    /// <param name="layers">Indices from 0.</param>
    /// <param name="work">Where it works and whom it tells.</param>
    /// <param name="pictures">New folder for a picture of each pair, of one layer; null for none.</param>
    public static LayerEvaluator OfLayers(
        CorrespondenceSetOptions set,
        FrozenTower tower,
        IReadOnlyList<int> layers,
        LayerWork work,
        string? pictures)
    {
        ArgumentNullException.ThrowIfNull(tower);
        return new LayerCorrespondence
        {
            Vision = tower.Vision,
            Device = tower.Device,
            Precision = tower.Precision,
            Set = set,
            Layers = layers,
            Work = work,
            Pictures = pictures,
        };
    }

    /// <summary>Small decoders that answer from a frozen tower's layers.</summary>
    /// <param name="set">The set.</param>
    /// <param name="tower">The tower.</param>
    /// <param name="layers">Indices from 0.</param>
    /// <param name="work">Where it works and whom it tells.</param>
    public static LayerEvaluator OfLayers(QuestionProbeOptions set, FrozenTower tower, IReadOnlyList<int> layers, LayerWork work)
    {
        ArgumentNullException.ThrowIfNull(tower);
        return new LayerQuestions
        {
            Vision = tower.Vision,
            Device = tower.Device,
            Precision = tower.Precision,
            Set = set,
            Layers = layers,
            Work = work,
        };
    }

    private static IEvaluator OfOneTransform(
        OpenedSet set,
        FeatureEncoder encoder,
        Action<string> log,
        EvaluationSession session) => set switch
    {
        ClassificationSet<int> classes
            => new ZeroShotEvaluator<int>(classes, count => new ClassificationMetrics(count), encoder, session, log),
        ClassificationSet<int[]> classes
            => new ZeroShotEvaluator<int[]>(classes, count => new MultilabelMetrics(count), encoder, session, log),
        OpenedSet<string[]> captions => new RetrievalEvaluator(captions, encoder, session, log),
        _ => throw new ArgumentException($"nothing measures {set.GetType()}", nameof(set)),
    };
}
