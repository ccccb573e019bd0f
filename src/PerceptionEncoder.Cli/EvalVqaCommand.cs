using System.CommandLine;
using System.Diagnostics;
using PerceptionEncoder.Evaluation.QuestionAnswering;
using PerceptionEncoder.Evaluation.Reports;
using PerceptionEncoder.Serialization.Remote;

namespace PerceptionEncoder.Cli;

/// <summary><c>pe eval vqa</c>: answers to questions about pictures, and captions, of a model or in a file.</summary>
internal sealed class EvalVqaCommand
{
    private readonly Argument<string[]> sets = new("SET")
    {
        Description = $"Folders whose names begin with a set's, or NAME=PATH: {string.Join(", ", QuestionAnsweringRun.Known)}.",
        Arity = ArgumentArity.OneOrMore,
    };
    private readonly Option<string?> checkpoint = new("--checkpoint")
    {
        Description = "The language model that answers, as of pe ask.",
        HelpName = "PATH",
    };
    private readonly Option<string?> predictions = new("--predictions")
    {
        Description = "In place of a model, answers: a JSON object a line with question_id and answer; of several sets a folder with "
            + "SET.jsonl each.",
        HelpName = "FILE",
    };
    private readonly Option<string?> data = new("--data")
    {
        Description = "Folder of all sets, or of the only one; PE_EVAL by default.",
        HelpName = "DIR",
    };
    private readonly Option<string?> split = new("--split")
    {
        Description = "Part of the sets, such as val or testA; the customary one of each by default.",
        HelpName = "NAME",
    };
    private readonly Option<string?> output = new("--output")
    {
        Description = "Write questions, answers and scores as JSONL to this file; of several sets to a folder of this name.",
        HelpName = "FILE",
    };
    private readonly Option<string?> page = new("--report")
    {
        Description = "Write an HTML page with the worst answers and some drawn at random, with their pictures.",
        HelpName = "FILE",
    };
    private readonly Option<string?> tokenizer = new("--tokenizer")
    {
        Description = "The decoder's tokenizer, where it is not beside the weights: a tokenizer.json, tokenizer.model or folder.",
        HelpName = "PATH",
    };
    private readonly Option<string?> system = new("--system")
    {
        Description = "Sentence before the question; the published one by default, empty for none.",
        HelpName = "TEXT",
    };
    private readonly Option<int> tiles = Whole("--tiles", "Tiles of a large picture at most; PLM's numbers are with 36.", 1);
    private readonly Option<int> frames = Whole("--frames", "Frames of a clip; PLM's numbers are with 32.", 16);
    private readonly Option<int> batch = Whole("--batch", "Questions asked at once.", 8);
    private readonly Option<int?> imageSize = CommonOptions.ImageSize();
    private readonly ComputeArguments computing = new();
    private readonly TableFileOptions tables = new();
    private readonly Stopwatch since = Stopwatch.StartNew();

    public static Command Create()
    {
        var options = new EvalVqaCommand();
        var command = new Command(
            "vqa",
            """
            Questions about pictures and clips, and captions, each published set scored as it is scored: of a language model,
            or of answers in a file.

            Example:
              pe eval vqa chartqa=../shared/data/chartqa-sample --predictions answers.jsonl --report answers.html
            """)
        { options.sets };
        Option[] all =
        [
            options.checkpoint, options.predictions, options.data, options.split, options.output, options.page, options.tokenizer,
            options.system, options.tiles, options.frames, options.batch, options.imageSize,
            .. options.computing.All, .. options.tables.All,
        ];
        foreach (var option in all)
        {
            command.Options.Add(option);
        }

        command.SetAction(options.Run);
        return command;
    }

    private static Option<int> Whole(string name, string description, int preset)
        => new(name) { Description = description, HelpName = "N", DefaultValueFactory = _ => preset };

    private void Run(ParseResult result)
    {
        var run = new QuestionAnsweringRun
        {
            Sets = result.GetRequiredValue(sets),
            Data = result.GetValue(data),
            Split = result.GetValue(split),
            Predictions = result.GetValue(predictions),
            Output = result.GetValue(output),
            Page = result.GetValue(page),
            Cache = RemoteOptions.FromEnvironment().Cache,
            Model = result.GetValue(checkpoint) is { } path
                ? new AnsweringModelOptions
                {
                    Checkpoint = CommonOptions.Locate(path),
                    Tokenizer = result.GetValue(tokenizer),
                    ImageSize = result.GetValue(imageSize),
                    Tiles = result.GetValue(tiles),
                    Frames = result.GetValue(frames),
                    System = result.GetValue(system),
                    Batch = result.GetValue(batch),
                    Precision = computing.Precision(result),
                    Compute = computing.Read(result),
                }
                : null,
        };
        NativeStartup.Prepare();
        LaunchedRanks.Share(computing.Read(result).Device, world => (run with { World = world }).Run(
            Console.Error.WriteLine,
            world.Writes ? Show : null,
            reports => Publish(reports, tables.Read(result)),
            StopSignals.Current.Token));
    }

    private void Show(string set, int done, int total)
    {
        if (since.Elapsed > TimeSpan.FromSeconds(Console.IsErrorRedirected ? 10 : 1))
        {
            since.Restart();
            Console.Error.WriteLine($"{set}: {done} of {total} answered");
        }
    }

    private static void Publish(IReadOnlyList<EvaluationReport> reports, TableFiles files)
    {
        (string Column, EvaluationReport Report)[] entries = [.. reports.Select(report => ("value", report))];
        var table = ComparisonTable.Of(entries);
        files.Write(reports, table);
        EvaluationConsole.Print(table, entries);
    }
}
