using System.CommandLine;
using System.Globalization;
using PerceptionEncoder.Tools.Answers;
using Spectre.Console;

namespace PerceptionEncoder.Cli;

/// <summary><c>pe search</c>: the images that lie nearest to a text or an image.</summary>
internal static class SearchCommand
{
    public static Command Create()
    {
        var inputs = new Argument<string[]>("INPUT")
        {
            Description = "A file of features (pe encode), or images: files, folders, @LIST files, tables, shards.",
            Arity = ArgumentArity.OneOrMore,
        };
        var texts = Several("--text", "What to look for, in words; give several.", "TEXT");
        var images = Several("--image", "What to look for, as an image file; give several.", "FILE");
        var top = new Option<int>("--top") { Description = "Hits of a query.", HelpName = "K", DefaultValueFactory = _ => 10 };
        var filter = Several("--filter", "Only rows whose id fits: * stands for any characters, ? for one.", "GLOB");
        var lists = new Option<int>("--lists")
        {
            Description = "Sort the rows into so many lists and look into a few: for millions. About the root of the rows; 0 is exact.",
            HelpName = "N",
        };
        var probe = new Option<int>("--probe")
        {
            Description = "Lists that a query looks into.",
            HelpName = "N",
            DefaultValueFactory = _ => 8,
        };
        var recall = new Option<bool>("--recall")
        {
            Description = "Measure what the lists find of the exact answer, on 200 rows; done anyway when they are made.",
        };
        var html = new Option<string?>("--html") { Description = "Write a page with the pictures to this file.", HelpName = "FILE" };
        var pictures = Several("--pictures", "Where the page finds pictures whose ids are no paths: shards, tables, folders.", "INPUT");
        var encoding = new ImageEncodingOptions();
        var json = CommonOptions.Json();
        var command = new Command(
            "search",
            """
            Rank images by the cosine of their features with those of a text or an image. Images are encoded once and their features kept.

            Examples:
              pe search photos --text "a red circle" --checkpoint runs/demo --html found.html
              pe search photos.safetensors --image cat.jpg --top 20 --filter '*/2024/*' --checkpoint runs/demo
            """)
        { inputs };
        foreach (var option in (Option[])[texts, images, top, filter, lists, probe, recall, html, pictures, .. encoding.All, json])
        {
            command.Options.Add(option);
        }

        command.SetAction(result =>
        {
            NativeStartup.Prepare();
            var source = encoding.Read(result, result.GetRequiredValue(inputs));
            var report = new FeatureSearch
            {
                Source = source,
                Texts = result.GetValue(texts) ?? [],
                Images = result.GetValue(images) ?? [],
                Top = result.GetValue(top),
                Filter = result.GetValue(filter) ?? [],
                Lists = result.GetValue(lists),
                Probe = result.GetValue(probe),
                MeasureRecall = result.GetValue(recall),
            }.Run(Console.Error.WriteLine, new EncodingConsole().Show, StopSignals.Current.Token);
            Print(report, result.GetValue(top));
            CommonOptions.WriteJson(result.GetValue(json), report);
            if (result.GetValue(html) is { } page)
            {
                SearchPage.Write(page, report, [.. source.IsFile ? [] : source.Inputs, .. result.GetValue(pictures) ?? []]);
                Console.WriteLine($"{page}: {report.Answers.Count} queries");
            }
        });
        return command;
    }

    private static Option<string[]> Several(string name, string description, string help) => new(name)
    {
        Description = description,
        HelpName = help,
        AllowMultipleArgumentsPerToken = true,
    };

    private static void Print(SearchReport report, int top)
    {
        foreach (var answer in report.Answers)
        {
            Console.WriteLine(VisibleText.Line(answer.Query));
            var table = new Table().AddColumn(new TableColumn("rank").RightAligned())
                .AddColumn(new TableColumn("cosine").RightAligned())
                .AddColumn("id");
            foreach (var (rank, hit) in answer.Hits.Index())
            {
                table.AddRow(
                    (rank + 1).ToString(CultureInfo.InvariantCulture),
                    hit.Score.ToString("0.0000", CultureInfo.InvariantCulture),
                    TableConsole.Cell(hit.Id));
            }

            TableConsole.Write(table);
        }

        var chosen = report.Chosen < report.Rows ? $"{report.Chosen} of {report.Rows} rows" : $"{report.Rows} rows";
        var recall = report.Recall is { } share
            ? string.Create(CultureInfo.InvariantCulture, $", in lists that find {share:P1} of the {top} best")
            : "";
        Console.WriteLine($"{report.Features}: {chosen}{recall}");
    }
}
