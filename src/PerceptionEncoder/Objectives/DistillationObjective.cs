using PerceptionEncoder.Data.Samples;
using PerceptionEncoder.Losses;
using PerceptionEncoder.Models.Clip;
using PerceptionEncoder.Tensors;
using PerceptionEncoder.Training;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace PerceptionEncoder.Objectives;

// b pairs of a micro-batch · L tokens of a caption · D clip dimension
/// <summary>
/// Contrastive distillation [2.4, C.3]: the student's image-to-text and text-to-image distributions over the whole batch follow a frozen
/// teacher's.
/// </summary>
/// <param name="student">Both towers that are trained.</param>
/// <param name="teacher">Encodes the same pairs.</param>
/// <param name="teacherScale">
/// The factor on the teacher's similarities, 200 as published: half the temperature of a student at its cap of 100.
/// </param>
/// <param name="maxLogitScale">The student's logit scale is clamped to this after each update.</param>
/// <param name="lossTile">Largest side of a matrix of similarities.</param>
public sealed class DistillationObjective(
    ClipModel student,
    DistillationTeacher teacher,
    double teacherScale,
    double maxLogitScale,
    int lossTile = PairLoss.DefaultTile)
    : IObjective
{
    /// <inheritdoc/>
    public Module Model => student;

    /// <inheritdoc/>
    public IReadOnlyList<(string Name, Parameter Parameter)> TrainingOnly => [];

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, double> Accumulate(MicroBatches microBatches, StepContext context)
    {
        student.train();
        using var scope = NewDisposeScope();
        var taught = new List<EncodedPairs>();
        var loss = GradientCaching.Accumulate(
            microBatches,
            (batch, i) =>
            {
                if (taught.Count == i)
                {
                    taught.Add(Kept(teacher.Encode(new ImageTextBatch(batch), context)));
                }

                return Encode(new ImageTextBatch(batch), i, context);
            },
            (images, texts) =>
            {
                var (teacherImages, teacherTexts) = (Joined(taught, pair => pair.Image), Joined(taught, pair => pair.Text));
                return TiledDistillationLoss.Of(
                    images,
                    texts,
                    student.LogitScale.exp(),
                    teacherImages,
                    teacherTexts,
                    teacherScale,
                    lossTile,
                    context.World);
            },
            student.LogitScale,
            context.Reduction);
        return new Dictionary<string, double>
        {
            ["loss"] = loss.Loss.item<float>(),
            ["logit_scale"] = Math.Exp(student.LogitScale.item<float>()),
            ["teacher_cached"] = teacher.CachedShare,
        };
    }

    /// <inheritdoc/>
    public void AfterUpdate() => student.CapLogitScale(maxLogitScale);

    /// <summary>Beyond the scope of the micro-batch it is encoded in.</summary>
    private static EncodedPairs Kept(EncodedPairs pair) => new(pair.Image.DetachFromDisposeScope(), pair.Text.DetachFromDisposeScope());

    /// <summary>One side of all pairs of this rank.</summary>
    private static Tensor Joined(List<EncodedPairs> pairs, Func<EncodedPairs, Tensor> side)
    {
        var sides = pairs.ConvertAll(pair => side(pair));
        var joined = cat(sides);
        sides.ForEach(part => part.Dispose());
        return joined;
    }

    private EncodedPairs Encode(ImageTextBatch batch, int index, StepContext context)
    {
        Randomness.Seed(context.Device, context.SeedOf(index));
        using var autocast = context.Precision.Enter(context.Device);
        // [b, 3, H, W]
        var pixels = ImageResize.To(batch.Images.SendTo(context.Device), student.Options.Vision.ImageSize);
        var captions = CaptionLength.CutTo(batch.Tokens.SendTo(context.Device), student.Options.Text);            // [b, L]
        return new EncodedPairs(
            student.EncodeImage(Pixels.Normalize(pixels), normalize: true),
            student.EncodeText(captions, normalize: true, batch.UsedTokens));
    }
}
