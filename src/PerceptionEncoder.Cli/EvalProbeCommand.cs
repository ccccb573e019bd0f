using System.CommandLine;
using PerceptionEncoder.Evaluation;
using PerceptionEncoder.Evaluation.Harness.Frozen;
using PerceptionEncoder.Evaluation.Probes;
using PerceptionEncoder.Evaluation.Reports;
using PerceptionEncoder.Media.Images;
using PerceptionEncoder.Models.Clip;
using PerceptionEncoder.Serialization.Weights;
using PerceptionEncoder.Tensors;
using PerceptionEncoder.Training;

namespace PerceptionEncoder.Cli;

/// <summary><c>pe eval probe</c>: what a frozen tower's features know of a labelled set.</summary>
internal sealed class EvalProbeCommand
{
    private readonly Argument<string> dataset = new("DATASET") { Description = "Name of the set, for the result." };
    private readonly Option<string> checkpoint = CommonOptions.Checkpoint();
    private readonly Option<string> data = CommonOptions.Data();
    private readonly Option<string> split = new("--split")
    {
        Description = "Folder of the test part's shards inside the data set.",
        HelpName = "NAME",
        DefaultValueFactory = _ => "test",
    };
    private readonly Option<string> trainSplit = new("--train-split")
    {
        Description = "Folder of the training part's shards inside the data set.",
        HelpName = "NAME",
        DefaultValueFactory = _ => "train",
    };
    private readonly Option<string?> train = new("--train")
    {
        Description = "Shards (DIR/{00000..00004}.tar) or a folder for each class to train on, in place of that folder.",
        HelpName = "SHARDS",
    };
    private readonly Option<string?> labelKey = new("--label-key")
    {
        Description = "Key of the class index in the json members of --train; their .cls members by default.",
        HelpName = "KEY",
    };
    private readonly Option<ProbeTask[]> tasks = CommonOptions.Choices(
        "--probes",
        "The probes.",
        ProbeTask.Knn,
        ProbeTask.Linear,
        ProbeTask.Attention);
    private readonly Option<ProbeFeature?> feature = CommonOptions.OptionalChoice<ProbeFeature>(
        "--feature",
        "What knn and linear see; of a tower with pooling pooled, else mean.");
    private readonly Option<int> layer = new("--layer")
    {
        Description = "The layer, counted from 0; negative counts from the end.",
        HelpName = "K",
        DefaultValueFactory = _ => -1,
    };
    private readonly Option<int?> shots = new("--shots") { Description = "Training images of each class; all by default.", HelpName = "N" };
    private readonly Option<ulong> seed = new("--seed")
    {
        Description = "Of shots, held-out images, first weights and order.",
        HelpName = "N",
        DefaultValueFactory = _ => 17,
    };
    private readonly Option<ProbeProtocol> protocol = CommonOptions.Choice(
        "--protocol",
        "Ours, chosen on a held-out part; or after DINOv2, InternVL and AIMv2 as in the paper.",
        ProbeProtocol.Fast);
    private readonly Option<int?> epochs = new("--epochs")
    {
        Description = "Passes of the attention probe over the training images; 10 by default, 100 as published.",
        HelpName = "N",
    };
    private readonly Option<string?> cache = new("--cache")
    {
        Description = "Folder for features while probes are trained; the system's for temporary files by default.",
        HelpName = "DIR",
    };
    private readonly Option<string?> save = new("--save")
    {
        Description = "Keep the trained probe in this .safetensors file, for pe classify --probe; with one of linear and attention.",
        HelpName = "FILE",
    };
    private readonly Option<ImageFit> transform = CommonOptions.Choice(
        "--transform",
        "Squash the whole image, or crop its centre.",
        ImageFit.Squash);
    private readonly Option<int?> imageSize = CommonOptions.ImageSize();
    private readonly Option<int> batch = new("--batch")
    {
        Description = "Images encoded at once.",
        HelpName = "N",
        DefaultValueFactory = _ => 128,
    };
    private readonly ComputeArguments computing = new();
    private readonly Option<string?> json = CommonOptions.Json();

    public static Command Create()
    {
        var options = new EvalProbeCommand();
        var command = new Command(
            "probe",
            """
            Nearest neighbours, linear probe and attention probe on frozen features: top-1, top-5 and mean per-class recall.
            Hyper-parameters are chosen on a held-out part of the training images;
            with --protocol published as in the publications that the paper names, on the test part.

            Example:
              pe eval probe cifar10 --checkpoint runs/cifar10 --data ../shared/data/cifar10-eval \
                --train '../shared/data/cifar10/{00000..00004}.tar' --label-key class_index --json probe.json
            """)
        { options.dataset };
        Option[] all =
        [
            options.checkpoint, options.data, options.split, options.trainSplit, options.train, options.labelKey, options.tasks,
            options.protocol, options.feature, options.layer,
            options.shots, options.seed, options.epochs, options.save, options.cache, options.transform, options.imageSize, options.batch,
            .. options.computing.All, options.json,
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
        var compute = computing.Read(result);
        using var tower = FrozenTower.Open(
            CommonOptions.Locate(result.GetRequiredValue(checkpoint)),
            compute,
            result.GetValue(imageSize),
            withTexts: result.GetValue(tasks)!.Contains(ProbeTask.Zeroshot),
            computing.Precision(result));
        compute.Prepare(Console.Error.WriteLine);
        CommonOptions.SayOrigin(tower.Path, tower.Origin);
        var request = new
        {
            Set = new ProbeSetOptions
            {
                Name = result.GetRequiredValue(dataset),
                Data = result.GetRequiredValue(data),
                Split = result.GetRequiredValue(split),
                TrainSplit = result.GetRequiredValue(trainSplit),
                Train = result.GetValue(train),
                LabelKey = result.GetValue(labelKey),
                Batch = result.GetValue(batch),
                Transform = result.GetValue(transform),
            },
            Tasks = result.GetValue(tasks)!,
            Layer = tower.Vision.ResolveLayer(result.GetValue(layer)),
            Feature = result.GetValue(feature) ?? LayerProbes.DefaultFeature(tower.Vision),
            Probes = new ProbeOptions
            {
                Protocol = result.GetValue(protocol),
                Shots = result.GetValue(shots),
                Seed = result.GetValue(seed),
                Epochs = result.GetValue(epochs),
            },
            Checkpoint = tower.Path,
            ImageSize = tower.Vision.Options.ImageSize,
            Precision = tower.Precision,
            Compute = compute.Settled(tower.Device),
        };
        var work = new LayerWork { Log = Console.Error.WriteLine, Report = new LayerConsole().Show, Cache = result.GetValue(cache) };
        var measured = Evaluators.OfLayers(
            new SweptSet { Set = request.Set, Tasks = request.Tasks },
            tower,
            [request.Layer],
            request.Probes,
            request.Feature,
            work,
            result.GetValue(save) is { } kept ? new ProbeSaving(kept, tower.Path) : null).Run(StopSignals.Current.Token);
        var scores = measured.Layers[0];
        var report = new EvaluationResult(measured.Dataset, "probe", scores.Metrics, measured.Samples, measured.Unreadable);
        FrozenLayerArguments.Print(
            report,
            $"{tower.Path}, layer {scores.Layer}",
            "P2",
            $"n = {FrozenLayerArguments.Count(measured.Samples, measured.Unreadable)}; trained on "
                + FrozenLayerArguments.Count(measured.TrainSamples, measured.TrainUnreadable),
            scores.Chosen);
        if (result.GetValue(save) is { } saved)
        {
            Console.WriteLine(
                $"{saved}: the probe; next: pe classify IMAGES --probe {saved} --checkpoint {result.GetRequiredValue(checkpoint)}");
        }

        if (result.GetValue(json) is { } path)
        {
            EvaluationReportJson.Write(
                path,
                report,
                tower.Path,
                WeightsHash.Of(tower.Path),
                new { request, measured.TrainSamples, measured.TrainUnreadable, scores.Chosen },
                request.Probes.Seed);
        }
    }
}
