using System.CommandLine;
using System.Globalization;
using PerceptionEncoder.Tools.VideoEngine.Refinement;
using Spectre.Console;

namespace PerceptionEncoder.Cli;

/// <summary><c>pe video-engine export-reviews</c>: reviews as dialogues to learn from, and as figures.</summary>
internal static class VideoEngineExportReviewsCommand
{
    public static Command Create()
    {
        var shards = new Argument<string[]>("SHARDS")
        {
            Description = "The reviewed tars, where they lie elsewhere than when they were reviewed.",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var state = new Option<string>("--state")
        {
            Description = "Where pe video-engine review keeps decisions.",
            HelpName = "FILE.sqlite",
            Required = true,
        };
        var output = new Option<string?>("--output")
        {
            Description = $"Folder for {ReviewExport.FileName} and its clips, as pe align lang reads them; figures alone without it.",
            HelpName = "DIR",
        };
        var withShards = new Option<bool>("--with-shards")
        {
            Description = "Write the reviewed shards to DIR/shards too: right captions as human_caption, without clips that have none.",
        };
        var question = new Option<string>("--question")
        {
            Description = "What the captioner is asked in each dialogue.",
            HelpName = "TEXT",
            DefaultValueFactory = _ => "Describe the video.",
        };
        var json = CommonOptions.Json();
        var command = new Command(
            "export-reviews",
            """
            Write the captions that people found right as dialogues, each beside its clip, and say how good the drafts were:
            acceptance, edit distance, flagged words, and agreement on clips with two reviewers.

            Examples:
              pe video-engine export-reviews --state runs/reviews.sqlite --output runs/reviews --json runs/reviews.json
              pe video-engine export-reviews --state runs/reviews.sqlite --output runs/reviews --with-shards
            """)
        { shards, state, output, withShards, question, json };
        command.SetAction(result =>
        {
            var summary = new ReviewExport(new ReviewExportOptions
            {
                State = result.GetRequiredValue(state),
                Output = result.GetValue(output),
                WithShards = result.GetValue(withShards),
                Shards = result.GetValue(shards) ?? [],
                Question = result.GetRequiredValue(question),
            }).Run(Console.Error.WriteLine, StopSignals.Current.Token);
            Print(summary.Metrics);
            if (summary.Dialogues is { } file)
            {
                var disputed = summary.Disputed > 0 ? $", {summary.Disputed} left out because two reviewers do not agree" : "";
                Console.WriteLine($"{file}: {summary.Clips} clips{disputed}");
            }

            if (summary.Shards is { } written)
            {
                Console.WriteLine($"{written.Folder}: {written.Clips} clips, {written.ByPeople} with captions by people; "
                    + $"{written.LeftOut} left out, for which people found none");
            }

            CommonOptions.WriteJson(result.GetValue(json), summary);
        });
        return command;
    }

    private static void Print(ReviewMetrics metrics)
    {
        var table = new Table().AddColumn("reviewer")
            .AddColumn(new TableColumn("reviews").RightAligned())
            .AddColumn(new TableColumn("accepted").RightAligned())
            .AddColumn(new TableColumn("rejected").RightAligned())
            .AddColumn(new TableColumn("seconds").RightAligned());
        foreach (var one in metrics.Reviewers)
        {
            table.AddRow(
                TableConsole.Cell(one.Reviewer),
                one.Reviews.ToString(CultureInfo.InvariantCulture),
                Percent(one.Acceptance),
                Percent(one.Rejection),
                one.MedianSeconds.ToString("0.0", CultureInfo.InvariantCulture));
        }

        if (metrics.Reviewers.Count > 0)
        {
            TableConsole.Write(table);
        }

        Console.WriteLine($"{metrics.Reviews} reviews of {metrics.Clips} clips: {Percent(metrics.Acceptance)} accepted, "
            + $"{Percent(metrics.Edited)} edited, {Percent(metrics.Rejection)} rejected, {Percent(metrics.Flagged)} left flagged");
        Console.WriteLine($"edit distance {Percent(metrics.EditDistance)} of the characters, {Percent(metrics.WordEditDistance)} of the "
            + $"words; {metrics.FlaggedSpans} flagged passages in {Percent(metrics.DraftsWithFlags)} of the drafts");
        if (metrics.Agreement is { } agreement)
        {
            var beyond = agreement.BeyondChance is { } more
                ? string.Create(CultureInfo.InvariantCulture, $", {more:0.00} beyond chance")
                : "";
            Console.WriteLine($"{agreement.Clips} clips with two reviewers: {Percent(agreement.Agreement)} agreement{beyond}");
        }
    }

    private static string Percent(double share) => string.Create(CultureInfo.InvariantCulture, $"{100 * share:0.0}%");
}
