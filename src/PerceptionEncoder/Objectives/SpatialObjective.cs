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

// b images of a micro-batch · P patches = h w · D width · E channels of a map
/// <summary>
/// Spatial alignment [5.2]: the tokens of the student's last layer keep the directions of a frozen tower's tokens, and take over which
/// places of an image are alike to a teacher that looks at every pixel. Of patches alone: a class token has no place (inferred).
/// </summary>
public sealed class SpatialObjective : IObjective
{
    /// <summary>Set apart from the streams of other draws.</summary>
    private const ulong MaskStream = 1;

    /// <summary>L_core, L_loc, and the mean similarities of the student's tokens and of the teacher's places.</summary>
    private const int Figures = 4;

    private readonly VisionTransformer student;
    private readonly SpatialOptions options;
    private readonly SpatialTeacher? teacher;
    private readonly SpatialMask? mask;
    private readonly SpatialProjection? projection;
    private readonly PromptedMaps? maps;

    /// <param name="student">The tower that is trained; DropPath and LayerScale are its own.</param>
    /// <param name="options">Weights of the losses.</param>
    /// <param name="teacher">The frozen tower; null where nothing is learned from it.</param>
    /// <param name="mask">What is hidden from the student; null for nothing.</param>
    /// <param name="projection">To the teacher's channels, where they are not as many as the student's; null where they are.</param>
    /// <param name="maps">Looks at each image where batches bring no maps; null where they do, or none are needed.</param>
    /// <exception cref="UserErrorException">Student, teacher and losses do not fit each other.</exception>
    public SpatialObjective(
        VisionTransformer student,
        SpatialOptions options,
        SpatialTeacher? teacher,
        SpatialMask? mask = null,
        SpatialProjection? projection = null,
        PromptedMaps? maps = null)
    {
        ArgumentNullException.ThrowIfNull(student);
        ArgumentNullException.ThrowIfNull(options);
        (this.student, this.options, this.teacher, this.mask, this.projection) = (student, options, teacher, mask, projection);
        this.maps = maps;
        if (FindProblem() is { } problem)
        {
            throw new UserErrorException($"spatial alignment: {problem}.");
        }
    }

    /// <inheritdoc/>
    public Module Model => student;

    /// <inheritdoc/>
    public IReadOnlyList<(string Name, Parameter Parameter)> TrainingOnly
        => [.. mask?.named_parameters() ?? [], .. projection?.named_parameters() ?? []];

    /// <inheritdoc/>
    public bool ReadsTwice => false;

    private bool HasCore => options.CoreWeight > 0;

    private bool HasPairs => options.LocalWeight > 0;

    private bool NeedsTeacher => HasCore || (HasPairs && options.Pairs == SpatialPairSource.Tokens);

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, double> Accumulate(MicroBatches microBatches, StepContext context)
    {
        student.train();
        using var scope = NewDisposeScope();
        var sums = zeros(Figures, float64, context.Device);                          // on the device: the host does not wait for each
        var (start, all) = (0, (double)microBatches.Samples * context.World.Size);
        for (var i = 0; i < microBatches.Count; i++)
        {
            using var inner = NewDisposeScope();
            using var listening = i == microBatches.Count - 1 ? context.Reduction?.Listen() : null;
            var batch = new DenseBatch(microBatches.Read());
            sums.add_(Accumulate(batch, i, start, batch.Size / all, context), Scalars.One);
            start += batch.Size;
        }

        context.Reduction?.AllReady();
        var means = context.World.Sums(sums.cpu().data<double>().ToArray());
        var metrics = new Dictionary<string, double> { ["loss"] = (options.CoreWeight * means[0]) + (options.LocalWeight * means[1]) };
        if (HasCore)
        {
            (metrics["core_loss"], metrics["core_similarity"]) = (means[0], 1 - means[0]);
        }

        if (HasPairs)
        {
            (metrics["local_loss"], metrics["token_similarity"], metrics["teacher_similarity"]) = (means[1], means[2], means[3]);
        }

        return metrics;
    }

    /// <inheritdoc/>
    public void AfterUpdate()
    {
    }

    /// <summary>One micro-batch's part of the gradient.</summary>
    /// <returns>[figures], float64: its part of the step's means.</returns>
    private Tensor Accumulate(DenseBatch batch, int index, int start, double share, StepContext context)
    {
        using var scope = NewDisposeScope();
        var (images, side) = (batch.Images.SendTo(context.Device), student.Options.ImageSize);            // [b, 3, H, W], uint8
        var pixels = Pixels.Normalize(ImageResize.To(images, side));
        var (height, width) = (pixels.shape[2] / student.Options.PatchSize, pixels.shape[3] / student.Options.PatchSize);
        var taught = NeedsTeacher ? teacher!.Tokens(images, side, context) : null;                        // [b, P, D]
        var hidden = mask?.Draw(Seeds(start, batch.Size, context), height, width, context.Device);
        Randomness.Seed(context.Device, context.SeedOf(index));
        Tensor tokens, compared;
        using (context.Precision.Enter(context.Device))
        {
            tokens = student.ForwardFeatures(pixels, norm: true, stripClassToken: true, mask: hidden);    // [b, P, D]
            compared = projection is null ? tokens : projection.call(tokens);
        }

        // Gradients of the losses stand beside what they are of: autograd takes them down from there.
        var (falling, figures) = (new List<Tensor>(), zeros(Figures, float64, context.Device));
        if (HasCore)
        {
            var core = SpatialCoreLoss.Of(compared, taught!);
            falling.Add((compared * core.Tokens.mul_(Scalars.Of(options.CoreWeight * share))).sum());
            figures.select(0, 0).copy_(core.Loss);
        }

        if (HasPairs)
        {
            var wanted = options.Pairs == SpatialPairSource.Tokens ? taught!
                : maps?.Of(images, height, width) ?? PlacesOf(batch, height, width, context.Device);
            var pairs = SpatialPairLoss.Of(tokens, wanted, options.Sharpness, options.Tile);
            falling.Add((tokens * pairs.Of.Tokens.mul_(Scalars.Of(options.LocalWeight * share))).sum());
            figures.narrow(0, 1, Figures - 1).copy_(stack([pairs.Of.Loss.to(float64), pairs.Student, pairs.Teacher]));
        }

        BackwardPass.Run(falling.Count == 1 ? falling[0] : falling[0].add(falling[1], Scalars.One));
        return figures.mul_(Scalars.Of(share)).MoveToOuterDisposeScope();
    }

    /// <summary>By a sample's number in the step: the same blocks are hidden, whichever rank and micro-batch it is in.</summary>
    private static long[] Seeds(int start, int images, StepContext context) => [.. Enumerable.Range(start, images)
        .Select(sample => unchecked((long)SampleRandom.Mix((ulong)context.Seed, MaskStream, (ulong)context.World.NumberOf(sample))))];

    /// <summary>The teacher's vector for each patch, between its own places where its grid is another.</summary>
    /// <returns>[b, P, E].</returns>
    private static Tensor PlacesOf(DenseBatch batch, long height, long width, Device device)
    {
        using var scope = NewDisposeScope();
        var maps = (batch.Maps ?? throw new ArgumentException("The batch has no teacher's maps.", nameof(batch))).SendTo(device);
        if (maps.shape[2] != height || maps.shape[3] != width)
        {
            maps = functional.interpolate(maps, [height, width], mode: InterpolationMode.Bilinear, align_corners: false);
        }

        return maps.flatten(2).transpose(1, 2).MoveToOuterDisposeScope();
    }

    private string? FindProblem()
    {
        var (own, other) = (student.Options, teacher?.Options);
        return !HasCore && !HasPairs ? "both losses have weight 0"
            : NeedsTeacher && other is null ? "the losses need a frozen tower, and there is none"
            : own.PatchDropout > 0 ? "patch_dropout leaves out patches that the teacher has; set it to 0"
            : NeedsTeacher && own.ImageSize / own.PatchSize is var grid
                && (teacher!.Resolution ?? own.ImageSize) / other!.PatchSize is var theirs && grid != theirs
                ? $"the teacher sees {theirs} patches a side and the student {grid}; "
                    + $"teacher.resolution {grid * other.PatchSize} has as many"
            : HasCore && (projection?.From ?? own.Width, projection?.To ?? own.Width) != (own.Width, other!.Width)
                ? $"the teacher has {other.Width} channels and the student {own.Width}"
            : null;
    }
}
