using System.CommandLine;
using PerceptionEncoder.Evaluation;
using PerceptionEncoder.Evaluation.Dense.Segmentation;
using PerceptionEncoder.Evaluation.Harness.Frozen;

namespace PerceptionEncoder.Cli;

/// <summary><c>pe eval segmentation</c>: how well a head on a frozen tower's patch tokens tells the class of every pixel.</summary>
internal sealed class EvalSegmentationCommand
{
    private readonly Argument<string> dataset = new("DATASET") { Description = "Name of the set, for the result." };
    private readonly Option<string> checkpoint = CommonOptions.Checkpoint();
    private readonly Option<string> data = CommonOptions.Data();
    private readonly Option<SegmentationLayout?> layout = CommonOptions.OptionalChoice<SegmentationLayout>(
        "--layout",
        "How the set is laid out; told by its folders by default.");
    private readonly Option<int> classes = new("--classes")
    {
        Description = "Number of classes; indices in the masks are below it.",
        HelpName = "N",
        Required = true,
    };
    private readonly Option<int> unlabelled = DenseResult.Number("--unlabelled", "Index of pixels without class, which do not count.", 255);
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
    private readonly Option<int> layer = DenseResult.Layer();
    private readonly Option<int> steps = DenseResult.Number("--steps", "Updates of linear and conv.", 1000);
    private readonly Option<int> trainBatch = DenseResult.Number("--train-batch", "Images a step of linear and conv.", 8);
    private readonly Option<double> learningRate = new("--learning-rate")
    {
        Description = "Peak rate of linear and conv.",
        HelpName = "X",
        DefaultValueFactory = _ => 1e-3,
    };
    private readonly Option<ulong> seed = new("--seed")
    {
        Description = "Of first weights and order of linear and conv.",
        HelpName = "N",
        DefaultValueFactory = _ => 17,
    };
    private readonly Option<string?> savePictures = DenseResult.SavePictures();
    private readonly Option<string?> cache = DenseResult.Cache();
    private readonly Option<int?> imageSize = CommonOptions.ImageSize();
    private readonly Option<int> batch = DenseResult.Number("--batch", "Images encoded at once.", 16);
    private readonly ComputeArguments computing = new();
    private readonly Option<string?> json = CommonOptions.Json();

    public static Command Create()
    {
        var options = new EvalSegmentationCommand();
        var command = new Command(
            "segmentation",
            """
            A head on the patch tokens of one layer tells the class of every pixel: mean intersection over union, share of right pixels,
            and its mean over classes. CamVid, ADE20K, VOC, Cityscapes, COCO's semantic masks and Penn-Fudan as they are published.

            Example:
              tar xf ../shared/data/camvid/camvid.tar -C runs
              pe eval segmentation camvid --checkpoint runs/cifar10 --data runs/CamVid --classes 11 --unlabelled 11 --json camvid.json
            """)
        { options.dataset };
        Option[] all =
        [
            options.checkpoint, options.data, options.layout, options.classes, options.unlabelled, options.reduceZeroLabel, options.head,
            options.l2, options.layer, options.stride, options.steps, options.trainBatch, options.learningRate, options.seed,
            options.savePictures, options.cache, options.imageSize, options.batch, .. options.computing.All, options.json,
        ];
        foreach (var option in all)
        {
            command.Options.Add(option);
        }

        command.SetAction(result =>
        {
            NativeStartup.Prepare();
            LaunchedRanks.OnFirst(options.computing.Read(result).Device, "probes", () => options.Run(result));
        });
        return command;
    }

    private void Run(ParseResult result)
    {
        var set = new SegmentationSetOptions
        {
            Name = result.GetRequiredValue(dataset),
            Data = result.GetRequiredValue(data),
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
            Batch = result.GetValue(batch),
        };
        var compute = computing.Read(result);
        using var tower = FrozenTower.Open(
            CommonOptions.Locate(result.GetRequiredValue(checkpoint)),
            compute,
            result.GetValue(imageSize),
            precision: computing.Precision(result));
        compute.Prepare(Console.Error.WriteLine);
        CommonOptions.SayOrigin(tower.Path, tower.Origin);
        var request = new
        {
            Set = set,
            Layer = tower.Vision.ResolveLayer(result.GetValue(layer)),
            Checkpoint = tower.Path,
            ImageSize = tower.Vision.Options.ImageSize,
            tower.Precision,
            Compute = compute.Settled(tower.Device),
        };
        var work = new LayerWork { Log = Console.Error.WriteLine, Report = new LayerConsole().Show, Cache = result.GetValue(cache) };
        var measured = Evaluators.OfLayers(set, tower, [request.Layer], work, result.GetValue(savePictures))
            .Run(StopSignals.Current.Token);
        DenseResult.Show(measured, "segmentation", tower, request, set.Seed, result.GetValue(json), "P2");
    }
}
