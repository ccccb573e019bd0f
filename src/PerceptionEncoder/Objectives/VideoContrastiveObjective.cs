using PerceptionEncoder.Data.Samples;
using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Losses;
using PerceptionEncoder.Models.Clip;
using PerceptionEncoder.Tensors;
using PerceptionEncoder.Training;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace PerceptionEncoder.Objectives;

// b samples of a micro-batch · F frames · n frames of them all that hold something · L tokens of a caption · D clip dimension
/// <summary>
/// Contrastive video finetuning [2.2]: the frames of a clip are encoded, scaled to unit length and averaged, and the mean, as published not
/// scaled again, stands for the clip in the contrastive loss over the whole batch. An image is a clip of one frame.
/// </summary>
/// <param name="model">Both towers.</param>
/// <param name="maxLogitScale">The logit scale is clamped to this after each update.</param>
/// <param name="microFrames">Frames encoded at a time; null for all of a micro-batch. Less memory, the same gradient.</param>
/// <param name="lossTile">Largest side of a matrix of similarities.</param>
/// <param name="localLoss">Ranks compute the loss as <see cref="TiledContrastiveLoss"/> does locally.</param>
public sealed class VideoContrastiveObjective(
    ClipModel model,
    double maxLogitScale,
    int? microFrames = null,
    int lossTile = PairLoss.DefaultTile,
    bool localLoss = false)
    : IObjective
{
    /// <summary>Sets the randomness of a chunk of frames apart from that of the captions.</summary>
    private const ulong FrameStream = 2;

    /// <inheritdoc/>
    public Module Model => model;

    /// <inheritdoc/>
    public IReadOnlyList<(string Name, Parameter Parameter)> TrainingOnly => [];

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, double> Accumulate(MicroBatches microBatches, StepContext context)
    {
        model.train();
        using var scope = NewDisposeScope();
        var loss = GradientCaching.Accumulate(
            microBatches,
            (batch, i) => Encode(new ClipTextBatch(batch), i, context),
            (images, texts) => TiledContrastiveLoss.Of(images, texts, model.LogitScale.exp(), lossTile, context.World, localLoss),
            model.LogitScale,
            context.Reduction,
            (i, encoded) => PushThroughFrames(encoded, i, context));
        return new Dictionary<string, double>
        {
            ["loss"] = loss.Loss.item<float>(),
            ["logit_scale"] = Math.Exp(model.LogitScale.item<float>()),
        };
    }

    /// <inheritdoc/>
    public void AfterUpdate() => model.CapLogitScale(maxLogitScale);

    private EncodedClips Encode(ClipTextBatch batch, int index, StepContext context)
    {
        Randomness.Seed(context.Device, context.SeedOf(index));
        var frames = Frames.Of(batch, context.Device);
        Tensor texts;
        using (Enter(context))
        {
            texts = model.EncodeText(batch.Tokens.SendTo(context.Device), normalize: true, batch.UsedTokens);
        }

        if (Chunks(frames).Count == 1)
        {
            return new EncodedClips(frames.Average(EncodeChunk(frames, 0, index, context)), texts, Frames: null);
        }

        // The clips' features as a leaf: the loss leaves its gradient there, and each chunk of frames, encoded again, takes its part.
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var features = cat([.. Chunks(frames).Select((_, chunk) => EncodeChunk(frames, chunk, index, context))]);
        return new EncodedClips(frames.Average(features).requires_grad_(true).MoveToOuterDisposeScope(), texts, frames);
    }

    private void PushThroughFrames(EncodedClips encoded, int index, StepContext context)
    {
        if (encoded.Frames is not { } frames)
        {
            return;
        }

        if (!model.Visual.parameters().Any(parameter => parameter.requires_grad))
        {
            return;
        }

        using var gradients = frames.Share(encoded.Image.grad!);                                   // [n, D]
        var holding = context.Reduction?.Hold(model.Visual);
        for (var chunk = 0; chunk < Chunks(frames).Count; chunk++)
        {
            using var scope = NewDisposeScope();
            if (chunk == Chunks(frames).Count - 1)
            {
                holding?.Dispose();
            }

            var (first, count) = Chunks(frames)[chunk];
            BackwardPass.Run((EncodeChunk(frames, chunk, index, context) * gradients.narrow(0, first, count)).sum());
        }
    }

    private List<(int First, int Count)> Chunks(Frames frames)
    {
        var size = microFrames ?? frames.Count;
        return [.. Enumerable.Range(0, (frames.Count + size - 1) / size)
            .Select(chunk => (chunk * size, Math.Min(size, frames.Count - (chunk * size))))];
    }

    /// <returns>[chunk, D] at unit length; the same each time.</returns>
    private Tensor EncodeChunk(Frames frames, int chunk, int index, StepContext context)
    {
        using var scope = NewDisposeScope();
        using var autocast = Enter(context);
        Randomness.Seed(
            context.Device,
            unchecked((long)SampleRandom.Mix((ulong)context.SeedOf(index), FrameStream, (ulong)chunk)));
        var (first, count) = Chunks(frames)[chunk];
        return model.EncodeImage(Pixels.Normalize(frames.Images.narrow(0, first, count)), normalize: true)
            .to(float32).MoveToOuterDisposeScope();
    }

    private static IDisposable? Enter(StepContext context) => context.Precision.Enter(context.Device);

    /// <param name="Image">[b, D], the means of unit features.</param>
    /// <param name="Text">[b, D] at unit length.</param>
    /// <param name="Frames">What is encoded again with a graph; null where the graph is there already.</param>
    private sealed record EncodedClips(Tensor Image, Tensor Text, Frames? Frames) : EncodedPairs(Image, Text);

    /// <summary>The frames of a micro-batch, those that hold nothing left out.</summary>
    /// <param name="Images">[n, 3, H, W], uint8.</param>
    /// <param name="Counts">[b]: frames of each sample.</param>
    private sealed record Frames(Tensor Images, IReadOnlyList<int> Counts)
    {
        public int Count { get; } = Counts.Sum();

        private bool IsRegular => Counts.All(count => count == Counts[0]);

        public static Frames Of(ClipTextBatch batch, Device device)
        {
            var clips = batch.Frames.SendTo(device);
            var (most, counts) = ((int)clips.shape[1], batch.FrameCounts);
            var held = counts.SelectMany((count, sample) => Enumerable.Range(sample * most, count)).Select(frame => (long)frame).ToArray();
            var all = clips.flatten(0, 1);
            return new Frames(held.Length == all.shape[0] ? all : all.index_select(0, tensor(held).SendTo(device)), counts);
        }

        /// <summary>Means of each sample's frames: [n, D] to [b, D].</summary>
        public Tensor Average(Tensor features)
            => IsRegular ? features.view(Counts.Count, Counts[0], -1).mean([1])
                : stack(features.split([.. Counts.Select(count => (long)count)]).Select(frames => frames.mean([0])));

        /// <summary>The derivative of <see cref="Average"/>: [b, D] to [n, D].</summary>
        public Tensor Share(Tensor gradients)
        {
            using var scope = NewDisposeScope();
            var counts = tensor(Counts.Select(count => (long)count).ToArray()).SendTo(gradients.device);
            var samples = tensor(Counts.SelectMany((count, sample) => Enumerable.Repeat((long)sample, count)).ToArray());
            return (gradients / counts.unsqueeze(1)).index_select(0, samples.SendTo(gradients.device)).MoveToOuterDisposeScope();
        }
    }
}
