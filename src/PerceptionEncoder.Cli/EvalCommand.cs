using System.CommandLine;
using System.Globalization;
using PerceptionEncoder.Evaluation;
using PerceptionEncoder.Evaluation.Video;
using PerceptionEncoder.Tensors;
using PerceptionEncoder.Training;
using Spectre.Console;

namespace PerceptionEncoder.Cli;

/// <summary><c>pe eval zeroshot|retrieval</c>: measures a checkpoint on a data set in CLIP-benchmark's webdataset layout.</summary>
internal static class EvalCommand
{
    public static Command Create() => new("eval", "Measure a checkpoint.") { Zeroshot(), Retrieval(), EvalProbeCommand.Create(), EvalLayersCommand.Create() };

    private static Command Zeroshot()
    {
        var options = new EvaluationCommandOptions(EvaluationType.Zeroshot);
        var command = new Command(
            "zeroshot",
            """
            Zero-shot classification: top-1, top-5 and mean per-class recall with the data set's own prompts.

            Example:
              pe eval zeroshot scenes --checkpoint runs/demo --data runs/scenes/classification --json scenes.json
            """);
        options.AddTo(command);
        command.SetAction(result => Measure(options.Read(result), (set, encoder, log) => new ZeroShotEvaluator(set, encoder.EncodeImages, encoder.EncodeTexts, encoder.Resolution, log)));
        return command;
    }

    private static Command Retrieval()
    {
        var options = new EvaluationCommandOptions(EvaluationType.Retrieval);
        var picture = new Option<string?>("--picture") { Description = "Write a PNG of images with the captions they retrieve.", HelpName = "FILE" };
        var command = new Command(
            "retrieval",
            """
            Image-to-text and text-to-image retrieval: recall at 1, 5 and 10.

            Example:
              pe eval retrieval scenes --checkpoint runs/demo --data runs/scenes/retrieval --picture retrieval.png
            """)
        { picture };
        options.AddTo(command);
        command.SetAction(result =>
        {
            var request = options.Read(result);
            if (result.GetValue(picture) is not null && request.Set.Frames is not null)
            {
                throw new UserErrorException("--picture shows images; leave it out for a set of clips.");
            }

            Measure(
                request,
                (set, encoder, log) => new RetrievalEvaluator(set, encoder.EncodeImages, encoder.EncodeTexts, encoder.Resolution, log),
                (set, encoder) =>
                {
                    if (result.GetValue(picture) is { } path)
                    {
                        RetrievalPicture.Write(path, set, encoder, StopSignals.Current.Token);
                    }
                });
        });
        return command;
    }

    private static void Measure(EvaluationRequest request, Func<EvaluationSetOptions, ClipEncoder, Action<string>, IEvaluator> create, Action<EvaluationSetOptions, ClipEncoder>? afterwards = null)
    {
        NativeStartup.Prepare();
        var device = request.Compute.Prepare();
        using var checkpoint = ClipCheckpoint.Open(request.Checkpoint, device, request.ImageSize, request.Vocabulary);
        var encoder = new ClipEncoder(checkpoint.Model, checkpoint.Tokenizer, device, request.Precision);
        var evaluator = request.Set.Frames is null ? create(request.Set, encoder, Console.Error.WriteLine) : VideoEvaluators.Create(request.Set, encoder, Console.Error.WriteLine);
        var result = evaluator.Evaluate(StopSignals.Current.Token);
        Print(result, checkpoint.Path);
        afterwards?.Invoke(request.Set, encoder);
        if (request.Json is { } path)
        {
            EvaluationReportJson.Write(path, result, checkpoint.Path, checkpoint.Hash(), request);
        }
    }

    private static void Print(EvaluationResult result, string model)
    {
        var table = new Table().Title($"{Markup.Escape(result.Dataset)}  ({Markup.Escape(model)})").AddColumn("metric").AddColumn(new TableColumn("value").RightAligned());
        foreach (var (name, value) in result.Metrics)
        {
            table.AddRow(name, value.ToString("P2", CultureInfo.InvariantCulture));
        }

        table.Caption($"n = {result.Samples}{(result.Unreadable > 0 ? $" of {result.Samples + result.Unreadable}, {result.Unreadable} unreadable" : "")}");
        AnsiConsole.Write(table);
    }
}
