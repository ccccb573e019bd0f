using System.CommandLine;
using PerceptionEncoder.Evaluation;
using PerceptionEncoder.Evaluation.Dense.Depth;
using PerceptionEncoder.Evaluation.Harness.Frozen;

namespace PerceptionEncoder.Cli;

/// <summary><c>pe eval depth</c>: how well a head on a frozen tower's patch tokens tells the depth of every pixel.</summary>
internal sealed class EvalDepthCommand
{
    private readonly Argument<string> dataset = new("DATASET") { Description = "Name of the set, for the result." };
    private readonly Option<string> checkpoint = CommonOptions.Checkpoint();
    private readonly Option<string> data = CommonOptions.Data();
    private readonly Option<double?> depthScale = new("--depth-scale")
    {
        Description = "What a metre is in the files of depths; what the set says, or NYUv2's or KITTI's, by default.",
        HelpName = "X",
    };
    private readonly Option<string[]> testScenes = new("--test-scenes")
    {
        Description = "Scenes to measure, the others are trained on; the last by name by default.",
        HelpName = "NAME...",
        AllowMultipleArgumentsPerToken = true,
    };
    private readonly Option<double> minimum = Number("--min-depth", "Readings that are not deeper do not count, metres.", 1e-3);
    private readonly Option<double> maximum = Number("--max-depth", "Readings that are not nearer do not count, metres; 80 on KITTI.", 10);
    private readonly Option<bool> eigenCrop = new("--eigen-crop")
    {
        Description = "Score only the rectangle that is customary in NYUv2.",
    };
    private readonly Option<DepthAlignment> align = CommonOptions.Choice(
        "--align",
        "How an answer's scale is brought to the truth's before it is scored.",
        DepthAlignment.None);
    private readonly Option<DepthHeadKind> head = CommonOptions.Choice(
        "--head",
        "What learns depths: a linear layer to bins, or the convolutional head of dense prediction transformers.",
        DepthHeadKind.Linear);
    private readonly Option<int> layer = DenseResult.Layer();
    private readonly Option<int> layers = DenseResult.Number(
        "--layers",
        "Layers that the head sees: 1, or 4 spread evenly up to --layer.",
        1);
    private readonly Option<int> steps = DenseResult.Number("--steps", "Updates of the head.", 1000);
    private readonly Option<int> trainBatch = DenseResult.Number("--train-batch", "Images a step.", 8);
    private readonly Option<double> learningRate = Number("--learning-rate", "Peak rate.", 1e-3);
    private readonly Option<ulong> seed = new("--seed")
    {
        Description = "Of first weights and order.",
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
        var options = new EvalDepthCommand();
        var command = new Command(
            "depth",
            """
            A head on the patch tokens of one layer, or of four, tells the depth of every pixel: rmse, abs_rel, a1 to a3, log_10, silog.
            Depths are PNG of 16 bits, 0 where there is no reading: SCENE/rgb beside SCENE/depth, or lists as NYUv2 and KITTI have them.

            Example:
              tar xf ../shared/data/rgbd-scenes/rgbd.tar -C runs
              pe eval depth rgbd --checkpoint runs/cifar10 --data runs/rgbd --test-scenes toy --json depth.json
            """)
        { options.dataset };
        Option[] all =
        [
            options.checkpoint, options.data, options.depthScale, options.testScenes, options.minimum, options.maximum, options.eigenCrop,
            options.align, options.head, options.layer, options.layers, options.steps, options.trainBatch, options.learningRate,
            options.seed, options.savePictures, options.cache, options.imageSize, options.batch, .. options.computing.All, options.json,
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

    private static Option<double> Number(string name, string description, double preset)
        => new(name) { Description = description, HelpName = "X", DefaultValueFactory = _ => preset };

    private void Run(ParseResult result)
    {
        var set = new DepthSetOptions
        {
            Name = result.GetRequiredValue(dataset),
            Data = result.GetRequiredValue(data),
            DepthScale = result.GetValue(depthScale),
            TestScenes = result.GetValue(testScenes) ?? [],
            Minimum = result.GetValue(minimum),
            Maximum = result.GetValue(maximum),
            EigenCrop = result.GetValue(eigenCrop),
            Align = result.GetValue(align),
            Head = result.GetValue(head),
            LayersTogether = result.GetValue(layers),
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
        DenseResult.Show(measured, "depth", tower, request, set.Seed, result.GetValue(json), "0.0000");
    }
}
