using System.CommandLine;
using System.Globalization;
using PerceptionEncoder.Tools.Answers;
using PerceptionEncoder.Tools.Features;

namespace PerceptionEncoder.Cli;

/// <summary><c>pe data duplicates</c>: images that are nearly the same.</summary>
internal static class DuplicatesCommand
{
    public static Command Create()
    {
        var inputs = new Argument<string[]>("INPUT")
        {
            Description = "A file of features (pe encode), or images: files, folders, @LIST files, tables, shards.",
            Arity = ArgumentArity.OneOrMore,
        };
        var threshold = new Option<double>("--threshold")
        {
            Description = "Cosine from which two images count as the same.",
            HelpName = "COSINE",
            DefaultValueFactory = _ => 0.95,
        };
        var between = new Option<string[]>("--between")
        {
            Description = "Look for these images in those of INPUT instead: is the test part in the training part?",
            HelpName = "INPUT",
            AllowMultipleArgumentsPerToken = true,
        };
        var output = new Option<string?>("--output")
        {
            Description = "Write group, id, cosine and keep or drop as CSV.",
            HelpName = "FILE",
        };
        var html = new Option<string?>("--html") { Description = "Write a page with the pictures to this file.", HelpName = "FILE" };
        var encoding = new ImageEncodingOptions(isCheckpointRequired: false);
        var json = CommonOptions.Json();
        var command = new Command(
            "duplicates",
            """
            Find near-duplicates: groups of images that chains of pairs join, each pair with a cosine from the threshold on.

            Examples:
              pe data duplicates photos --checkpoint runs/demo --output duplicates.csv --html duplicates.html
              pe data duplicates runs/own/train --between runs/own/test --checkpoint runs/demo
            """)
        { inputs };
        foreach (var option in (Option[])[threshold, between, output, html, .. encoding.All, json])
        {
            command.Options.Add(option);
        }

        command.SetAction(result =>
        {
            NativeStartup.Prepare();
            var source = encoding.Read(result, result.GetRequiredValue(inputs));
            var other = result.GetValue(between) is { Length: > 0 } others ? source with { Inputs = others, Kept = null } : null;
            var report = new NearDuplicates { Source = source, Between = other, Threshold = result.GetValue(threshold) }
                .Run(Console.Error.WriteLine, new EncodingConsole().Show, StopSignals.Current.Token);
            var share = (report.Rows == 0 ? 0 : (double)report.Extra / report.Rows).ToString("P2", CultureInfo.InvariantCulture);
            Console.WriteLine($"{report.Features}: " + (other is null
                ? $"{report.Groups.Count} groups; {report.Extra} of {report.Rows} ({share}) would go"
                : $"has {report.Extra} of the other {report.Rows} images ({share})"));
            if (result.GetValue(output) is { } csv)
            {
                NearDuplicates.WriteCsv(csv, report);
                Console.WriteLine($"{csv}: a row for each image of a group");
            }

            if (result.GetValue(html) is { } page)
            {
                NearDuplicates.WritePage(page, report, [.. Pictures(source), .. Pictures(other)]);
                Console.WriteLine($"{page}: the groups");
            }

            CommonOptions.WriteJson(result.GetValue(json), report);
        });
        return command;
    }

    private static IReadOnlyList<string> Pictures(FeatureSource? source) => source is null or { IsFile: true } ? [] : source.Inputs;
}
