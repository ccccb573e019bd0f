using System.CommandLine;
using PerceptionEncoder.Evaluation;
using PerceptionEncoder.Evaluation.Dense.Segmentation;

namespace PerceptionEncoder.Cli;

/// <summary><c>pe eval segmentation</c>: how well a head on a frozen tower's patch tokens tells the class of every pixel.</summary>
internal sealed class EvalSegmentationCommand
{
    private readonly FrozenLayerArguments shared = new(imagesAtOnce: 16, "heads are trained");
    private readonly Option<SegmentationLayout?> layout = CommonOptions.OptionalChoice<SegmentationLayout>(
        "--layout",
        "How the set is laid out; told by its folders by default.");
    private readonly Option<int> classes = new("--classes")
    {
        Description = "Number of classes; indices in the masks are below it.",
        HelpName = "N",
        Required = true,
    };
    private readonly Option<int> unlabelled
        = FrozenLayerArguments.Number("--unlabelled", "Index of pixels without class, which do not count.", 255);
    private readonly Option<bool> reduceZeroLabel = new("--reduce-zero-label")
    {
        Description = "Index 0 is no class and all others are one less than in the files, as in ADE20K.",
    };
    private readonly Option<SegmentationHeadKind> head = CommonOptions.Choice(
        "--head",
        "What learns the classes: solved by L-BFGS, or trained by AdamW, without or with a 3x3 convolution.",
        SegmentationHeadKind.Lbfgs);
    private readonly Option<double[]> l2 = new("--l2")
    {
        Description = "Penalties that lbfgs chooses between on held-out pictures; one is taken as it is, in a fifth of the time.",
        HelpName = "X...",
        AllowMultipleArgumentsPerToken = true,
    };
    private readonly Option<int?> stride = new("--stride")
    {
        Description = "Encode windows of the model's input size so many pixels apart; whole pictures, squashed, by default.",
        HelpName = "PIXELS",
    };
    private readonly Option<int> steps = FrozenLayerArguments.Number("--steps", "Updates of linear and conv.", 1000);
    private readonly Option<int> trainBatch = FrozenLayerArguments.Number("--train-batch", "Images a step of linear and conv.", 8);
    private readonly Option<double> learningRate
        = FrozenLayerArguments.Number("--learning-rate", "Peak rate of linear and conv.", 1e-3);
    private readonly Option<ulong> seed = FrozenLayerArguments.Seed("Of first weights and order of linear and conv.");
    private readonly Option<string?> savePictures
        = FrozenLayerArguments.SavePictures("Write a PNG for each test picture to this folder: it, the truth and the answer.");

    public static Command Create()
    {
        var options = new EvalSegmentationCommand();
        return options.shared.Create(
            "segmentation",
            """
            A head on the patch tokens of one layer tells the class of every pixel: mean intersection over union, share of right pixels,
            and its mean over classes. CamVid, ADE20K, VOC, Cityscapes, COCO's semantic masks and Penn-Fudan as they are published.

            Example:
              tar xf ../shared/data/camvid/camvid.tar -C runs
              pe eval segmentation camvid --checkpoint runs/cifar10 --data runs/CamVid --classes 11 --unlabelled 11 --json camvid.json
            """,
            options.Run,
            options.shared.Checkpoint, options.shared.Data, options.layout, options.classes, options.unlabelled, options.reduceZeroLabel,
            options.head, options.l2, options.shared.Layer, options.stride, options.steps, options.trainBatch, options.learningRate,
            options.seed, options.savePictures, options.shared.ImageSize);
    }

    private void Run(ParseResult result)
    {
        var set = new SegmentationSetOptions
        {
            Name = result.GetRequiredValue(shared.Dataset),
            Data = result.GetRequiredValue(shared.Data),
            Layout = result.GetValue(layout),
            Classes = result.GetValue(classes),
            Unlabelled = result.GetValue(unlabelled),
            ReduceZeroLabel = result.GetValue(reduceZeroLabel),
            Head = result.GetValue(head),
            L2 = result.GetValue(l2) is { Length: > 0 } penalties ? penalties : SegmentationSetOptions.DefaultL2,
            Stride = result.GetValue(stride),
            Steps = result.GetValue(steps),
            TrainBatch = result.GetValue(trainBatch),
            LearningRate = result.GetValue(learningRate),
            Seed = result.GetValue(seed),
            Batch = result.GetValue(shared.Batch),
        };
        shared.Measure(
            result,
            set,
            (tower, layer, work) => Evaluators.OfLayers(set, tower, [layer], work, result.GetValue(savePictures)),
            seed: set.Seed);
    }
}
