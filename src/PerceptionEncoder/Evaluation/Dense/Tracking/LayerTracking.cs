using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using PerceptionEncoder.Evaluation.Harness;
using PerceptionEncoder.Evaluation.Harness.Frozen;
using PerceptionEncoder.Media.Images;
using PerceptionEncoder.Tensors;
using static TorchSharp.torch;

namespace PerceptionEncoder.Evaluation.Dense.Tracking;

// h, w grid of a clip · D width · C objects and the background
/// <summary>
/// Video object segmentation without training, at any number of layers: each frame is encoded once; the objects marked in a clip's first
/// frame are followed by the likeness of patches, and the masks scored by J and F.
/// </summary>
/// <remarks>
/// The paper's tracking figures [5.1, B.3] are of this evaluation by DAVIS 2017. Tokens are those of the block, without the final norm, as
/// for the other tasks of frozen layers; only their directions count.
/// </remarks>
public sealed class LayerTracking : LayerEvaluator
{
    private const string Task = "tracking";

    private IReadOnlyList<TrackingClip> Clips => field ??= TrackingFolder.Open(Set);

    /// <summary>The set.</summary>
    public required TrackingSetOptions Set { get; init; }

    /// <summary>Is given each clip at each layer with its masks; null to keep scores alone.</summary>
    internal Action<TrackedClip>? Tracked { get; init; }

    /// <inheritdoc/>
    public override string Name => Set.Name;

    /// <inheritdoc/>
    public override IReadOnlyList<string> TaskNames => [Task];

    private protected override void Validate()
    {
        Require(Layers.Count > 0, "give at least one layer.");
        Set.Check();
    }

    private protected override IEnumerable<string> Deciding()
        => Clips.SelectMany(clip => clip.Frames.Concat(clip.Masks.OfType<string>()))
            .Select(path => new FileInfo(path))
            .Select(file => string.Create(CultureInfo.InvariantCulture, $"{file.FullName} {file.Length} {file.LastWriteTimeUtc:O}"))
            .Prepend(JsonSerializer.Serialize(Set));

    private protected override IReadOnlyList<string> MetricsOf(string task) => TrackingMetrics.Names;

    private protected override EncodedLayers Encode(
        IReadOnlyList<int> layers,
        IReadOnlyList<string> tasks,
        string folder,
        CancellationToken cancellation)
    {
        var encoded = new Encoded(this, layers, folder, Clips.Count);
        try
        {
            encoded.Fill(cancellation);
            return encoded;
        }
        catch
        {
            encoded.Dispose();
            throw;
        }
    }

    private FrameSize SizeOf(TrackingClip clip)
        => FrameSize.Of(Set.Protocol, Set.Resolution, (int)Vision.Options.PatchSize, clip.Height, clip.Width);

    private TrackedClip Follow(TrackingClip clip, FeatureRows rows, CancellationToken cancellation)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var (size, patch) = (SizeOf(clip), (int)Vision.Options.PatchSize);
        var (height, width) = (size.Height / patch, size.Width / patch);
        var given = clip.Truth(0);
        var known = Array.ConvertAll(given, value => value == MaskScores.Void ? (byte)0 : value);
        var labels = SoftMasks.Labels(known, clip.Height, clip.Width, (height, width)).SendTo(Device);
        using var propagation = new LabelPropagation(
            Features(0),
            SoftMasks.OneHot(labels, 1 + clip.Objects),
            Set.Propagation);
        var masks = new List<byte[]> { given };
        for (var frame = 1; frame < clip.Frames.Count; frame++)
        {
            cancellation.ThrowIfCancellationRequested();
            using var step = NewDisposeScope();
            var soft = propagation.Next(Features(frame));
            masks.Add(Set.Protocol == TrackingProtocol.Dino
                ? SoftMasks.Smooth(soft, patch, clip.Height, clip.Width)
                : SoftMasks.Hard(soft, clip.Height, clip.Width));
        }

        return new TrackedClip(
            clip,
            masks,
            TrackingMetrics.Score(
                clip.Name,
                clip.Objects,
                clip.Scored.Select(frame => (masks[frame], clip.Truth(frame))),
                clip.Height,
                clip.Width));

        Tensor Features(int frame) => rows.Take([frame], Device).view(height, width, -1);
    }

    private sealed class Encoded(LayerTracking tracking, IReadOnlyList<int> layers, string folder, int clips) : EncodedLayers
    {
        private readonly Dictionary<(int Clip, int Layer), FeatureRows> rows = Enumerable.Range(0, clips)
            .SelectMany(clip => layers.Select(layer => (clip, layer)))
            .ToDictionary(
                pair => pair,
                pair => new FeatureRows(Path.Combine(folder, $"{pair.clip}-{pair.layer}"), ScalarType.Float16));

        /// <summary>Encodes every frame of every clip once; pictures are decoded while others are encoded.</summary>
        public void Fill(CancellationToken cancellation)
        {
            using var noGradient = no_grad();
            using var casts = Autocast.KeepCasts();
            var (clock, landing, done) = (Stopwatch.StartNew(), new Landing(), 0);
            var pass = new LayerPass(tracking.Vision, tracking.Device, tracking.Precision, layers, tracking.Reading);
            var classTokens = tracking.Vision.Options.UseClassToken ? 1 : 0;
            var batches = tracking.Clips.Index().SelectMany(entry => Enumerable.Range(0, entry.Item.Frames.Count).Chunk(tracking.Set.Batch)
                .Select(frames => (Clip: entry.Index, Frames: frames)));
            foreach (var (clip, size, images) in tracking.Reading.Of(ReadAhead.InOrder(batches, Read, ahead: 2, cancellation)))
            {
                using var scope = NewDisposeScope();
                pass.Show(
                    ImageStack.Of(images, size.Height, size.Width),
                    (layer, tokens) => landing.Bring(
                        tokens.narrow(1, classTokens, tokens.shape[1] - classTokens).to(ScalarType.Float16),
                        host => rows[(clip, layer)].Append(host.RequireFinite($"layer {layer}'s", tracking.Name))));
                done += images.Length;
                tracking.Work.Report?.Invoke(new LayerProgress(
                    $"{tracking.Name} {tracking.Clips[clip].Name}",
                    done,
                    null,
                    done / clock.Elapsed.TotalSeconds));
            }

            landing.Finish();
        }

        public override LayerFigures Measure(int layer, string task, CancellationToken cancellation)
        {
            var scores = new List<ObjectScores>();
            foreach (var (i, clip) in tracking.Clips.Index())
            {
                var tracked = tracking.Follow(clip, rows[(i, layer)], cancellation);
                scores.AddRange(tracked.Scores);
                tracking.Tracked?.Invoke(tracked);
            }

            return new LayerFigures(
                layer,
                task,
                TrackingMetrics.Of(scores),
                new Dictionary<string, double>(),
                tracking.Clips.Sum(clip => clip.Frames.Count),
                0,
                0,
                0);
        }

        public override void Dispose()
        {
            foreach (var each in rows.Values)
            {
                each.Dispose();
            }
        }

        private (int Clip, FrameSize Size, byte[][] Images) Read((int Clip, int[] Frames) batch)
        {
            var clip = tracking.Clips[batch.Clip];
            var size = tracking.SizeOf(clip);
            return (batch.Clip, size, Array.ConvertAll(batch.Frames, frame => tracking.Set.Protocol == TrackingProtocol.Dino
                ? size.Lines(clip.Picture(frame))
                : size.Cubic(clip.Picture(frame))));
        }
    }
}
