using System.CommandLine;
using System.Globalization;
using PerceptionEncoder.Evaluation.Harness.Frozen;
using PerceptionEncoder.Evaluation.Reports;
using PerceptionEncoder.Serialization.Weights;
using PerceptionEncoder.Tensors;
using PerceptionEncoder.Training;
using Spectre.Console;

namespace PerceptionEncoder.Cli;

/// <summary>
/// What the commands have in common that measure a dense task at one layer of a frozen tower: the options, the run, and the figures as a
/// table and a file.
/// </summary>
/// <param name="imagesAtOnce">Encoded, unless told otherwise.</param>
/// <param name="cacheUse">What goes on while features are kept.</param>
internal sealed class FrozenLayerArguments(int imagesAtOnce, string cacheUse)
{
    private readonly ComputeArguments computing = new();

    public Argument<string> Dataset { get; } = new("DATASET") { Description = "Name of the set, for the result." };

    public Option<string> Checkpoint { get; } = CommonOptions.Checkpoint();

    public Option<string> Data { get; } = CommonOptions.Data();

    public Option<int> Layer { get; } = new("--layer")
    {
        Description = "The layer, counted from 0; negative counts from the end.",
        HelpName = "K",
        DefaultValueFactory = _ => -1,
    };

    public Option<int?> ImageSize { get; } = CommonOptions.ImageSize();

    public Option<int> Batch { get; } = Number("--batch", "Images encoded at once.", imagesAtOnce);

    public Option<string?> Cache { get; } = new("--cache")
    {
        Description = $"Folder for features while {cacheUse}; the system's for temporary files by default.",
        HelpName = "DIR",
    };

    public Option<string?> Json { get; } = CommonOptions.Json();

    public static Option<int> Number(string name, string description, int preset)
        => new(name) { Description = description, HelpName = "N", DefaultValueFactory = _ => preset };

    public static Option<double> Number(string name, string description, double preset)
        => new(name) { Description = description, HelpName = "X", DefaultValueFactory = _ => preset };

    public static Option<ulong> Seed(string description)
        => new("--seed") { Description = description, HelpName = "N", DefaultValueFactory = _ => 17 };

    public static Option<string?> SavePictures(string description)
        => new("--save-pictures") { Description = description, HelpName = "DIR" };

    /// <summary>The command.</summary>
    /// <param name="name">Also that of the task.</param>
    /// <param name="description">With an example.</param>
    /// <param name="run">Called on one rank.</param>
    /// <param name="options">Its own, and those of these that stand among them; the others follow.</param>
    public Command Create(string name, string description, Action<ParseResult> run, params IEnumerable<Option> options)
    {
        var command = new Command(name, description) { Dataset };
        foreach (var option in options.Concat([Batch, Cache, .. computing.All, Json]))
        {
            command.Options.Add(option);
        }

        command.SetAction(result =>
        {
            NativeStartup.Prepare();
            LaunchedRanks.OnFirst(computing.Read(result).Device, name, () => run(result));
        });
        return command;
    }

    /// <summary>Opens the tower, measures, prints, and writes the result where that is asked for.</summary>
    /// <param name="result">The parsed command.</param>
    /// <param name="set">What is measured, for the result.</param>
    /// <param name="evaluator">Of the tower, the layer, and where it works.</param>
    /// <param name="format">Of the figures in the table.</param>
    /// <param name="seed">Of what is trained; null where nothing is.</param>
    /// <param name="counted">What samples are.</param>
    /// <param name="checkpoint">As the user named it, where <see cref="Checkpoint"/> is none of the command's options.</param>
    public void Measure(
        ParseResult result,
        object set,
        Func<FrozenTower, int, LayerWork, LayerEvaluator> evaluator,
        string format = "P2",
        ulong? seed = null,
        string counted = "pictures",
        string? checkpoint = null)
    {
        var compute = computing.Read(result);
        using var tower = FrozenTower.Open(
            CommonOptions.Locate(checkpoint ?? result.GetRequiredValue(Checkpoint)),
            compute,
            result.GetValue(ImageSize),
            precision: computing.Precision(result));
        compute.Prepare(Console.Error.WriteLine);
        CommonOptions.SayOrigin(tower.Path, tower.Origin);
        var layer = tower.Vision.ResolveLayer(result.GetValue(Layer));
        var work = new LayerWork { Log = Console.Error.WriteLine, Report = new LayerConsole().Show, Cache = result.GetValue(Cache) };
        var measured = evaluator(tower, layer, work).Run(StopSignals.Current.Token);
        var task = result.CommandResult.Command.Name;
        var metrics = WithoutTask(measured.Layers[0].Metrics, task);
        var chosen = WithoutTask(measured.Layers[0].Chosen, task);
        var report = new EvaluationResult(measured.Dataset, task, metrics, measured.Samples, measured.Unreadable);
        var trained = measured.TrainSamples > 0 ? $"; trained on {Count(measured.TrainSamples, measured.TrainUnreadable)}" : "";
        Print(report, $"{tower.Path}, layer {layer}", format, $"{Count(measured.Samples, measured.Unreadable)} {counted}{trained}", chosen);
        Write(result, report, tower.Path, WeightsHash.Of(tower.Path), new
        {
            Set = set,
            Layer = layer,
            Checkpoint = tower.Path,
            ImageSize = tower.Vision.Options.ImageSize,
            tower.Precision,
            Compute = compute.Settled(tower.Device),
            measured.TrainSamples,
            measured.TrainUnreadable,
            Chosen = chosen,
            measured.EncodeSeconds,
            measured.WaitSeconds,
            measured.ProbeSeconds,
        }, seed);
    }

    /// <summary>Writes a result where <c>--json</c> asks for it.</summary>
    public void Write(ParseResult result, EvaluationResult report, string model, string hash, object config, ulong? seed = null)
    {
        if (result.GetValue(Json) is { } path)
        {
            EvaluationReportJson.Write(path, report, model, hash, config, seed);
        }
    }

    /// <summary>Prints figures.</summary>
    /// <param name="report">The figures.</param>
    /// <param name="model">What was measured.</param>
    /// <param name="format">Of the figures.</param>
    /// <param name="caption">Below them.</param>
    /// <param name="chosen">What was chosen between, by name.</param>
    public static void Print(
        EvaluationResult report,
        string model,
        string format,
        string caption,
        IReadOnlyDictionary<string, double>? chosen = null)
    {
        var table = new Table().Title($"{TableConsole.Cell(report.Dataset)}  ({TableConsole.Cell(model)})")
            .AddColumn("metric")
            .AddColumn(new TableColumn("value").RightAligned());
        foreach (var (name, value) in report.Metrics)
        {
            table.AddRow(TableConsole.Cell(name), value.ToString(format, CultureInfo.InvariantCulture));
        }

        foreach (var (name, value) in chosen ?? new Dictionary<string, double>())
        {
            table.AddRow($"[grey]{TableConsole.Cell(name)}[/]", $"[grey]{value.ToString("0.######", CultureInfo.InvariantCulture)}[/]");
        }

        TableConsole.Write(table.Caption(caption));
    }

    /// <summary>How many there are, and how many of them were of use.</summary>
    public static string Count(int samples, int unreadable)
        => unreadable > 0 ? $"{samples} of {samples + unreadable}, {unreadable} unreadable" : $"{samples}";

    /// <summary>A sweep's names begin with the task, which this command is of.</summary>
    private static Dictionary<string, double> WithoutTask(IReadOnlyDictionary<string, double> figures, string task)
        => figures.ToDictionary(figure => figure.Key[(task.Length + 1)..], figure => figure.Value, StringComparer.Ordinal);
}
