using System.CommandLine;
using PerceptionEncoder.Evaluation;
using PerceptionEncoder.Evaluation.Dense.Depth;

namespace PerceptionEncoder.Cli;

/// <summary><c>pe eval depth</c>: how well a head on a frozen tower's patch tokens tells the depth of every pixel.</summary>
internal sealed class EvalDepthCommand
{
    private readonly FrozenLayerArguments shared = new(imagesAtOnce: 16, "heads are trained");
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
    private readonly Option<double> minimum
        = FrozenLayerArguments.Number("--min-depth", "Readings that are not deeper do not count, metres.", 1e-3);
    private readonly Option<double> maximum
        = FrozenLayerArguments.Number("--max-depth", "Readings that are not nearer do not count, metres; 80 on KITTI.", 10.0);
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
    private readonly Option<int> layers = FrozenLayerArguments.Number(
        "--layers",
        "Layers that the head sees: 1, or 4 spread evenly up to --layer.",
        1);
    private readonly Option<int> steps = FrozenLayerArguments.Number("--steps", "Updates of the head.", 1000);
    private readonly Option<int> trainBatch = FrozenLayerArguments.Number("--train-batch", "Images a step.", 8);
    private readonly Option<double> learningRate = FrozenLayerArguments.Number("--learning-rate", "Peak rate.", 1e-3);
    private readonly Option<ulong> seed = FrozenLayerArguments.Seed("Of first weights and order.");
    private readonly Option<string?> savePictures
        = FrozenLayerArguments.SavePictures("Write a PNG for each test picture to this folder: it, the truth and the answer.");

    public static Command Create()
    {
        var options = new EvalDepthCommand();
        return options.shared.Create(
            "depth",
            """
            A head on the patch tokens of one layer, or of four, tells the depth of every pixel: rmse, abs_rel, a1 to a3, log_10, silog.
            Depths are PNG of 16 bits, 0 where there is no reading: SCENE/rgb beside SCENE/depth, or lists as NYUv2 and KITTI have them.

            Example:
              tar xf ../shared/data/rgbd-scenes/rgbd.tar -C runs
              pe eval depth rgbd --checkpoint runs/cifar10 --data runs/rgbd --test-scenes toy --json depth.json
            """,
            options.Run,
            options.shared.Checkpoint, options.shared.Data, options.depthScale, options.testScenes, options.minimum, options.maximum,
            options.eigenCrop, options.align, options.head, options.shared.Layer, options.layers, options.steps, options.trainBatch,
            options.learningRate, options.seed, options.savePictures, options.shared.ImageSize);
    }

    private void Run(ParseResult result)
    {
        var set = new DepthSetOptions
        {
            Name = result.GetRequiredValue(shared.Dataset),
            Data = result.GetRequiredValue(shared.Data),
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
            Batch = result.GetValue(shared.Batch),
        };
        shared.Measure(
            result,
            set,
            (tower, layer, work) => Evaluators.OfLayers(set, tower, [layer], work, result.GetValue(savePictures)),
            "0.0000",
            set.Seed);
    }
}
