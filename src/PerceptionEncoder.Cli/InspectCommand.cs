using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using PerceptionEncoder.Tokenization;
using PerceptionEncoder.Tools.Inspection;

namespace PerceptionEncoder.Cli;

/// <summary><c>pe data inspect</c>: what shards hold.</summary>
internal static class InspectCommand
{
    public static Command Create()
    {
        var shards = new Argument<string[]>("SHARDS")
        {
            Description = "Tars of images, clips, stored frames or texts: folders, files, patterns (DIR/{00000..00009}.tar), addresses.",
            Arity = ArgumentArity.OneOrMore,
        };
        var captions = new Option<string[]>("--captions")
        {
            Description = "Where captions are (txt, json.caption), the one that counts first; those of customary names by default.",
            HelpName = "PLACE",
            AllowMultipleArgumentsPerToken = true,
        };
        var vocabulary = new Option<string?>("--vocabulary")
        {
            Description = "Count CLIP's tokens by this vocabulary, a file or folder; PE_VOCAB by default.",
            HelpName = "PATH",
        };
        var pictures = new Option<int>("--pictures")
        {
            Description = "Samples on the page's contact sheet.",
            HelpName = "N",
            DefaultValueFactory = _ => 24,
        };
        var html = new Option<string?>("--html") { Description = "Write a page with everything to this file.", HelpName = "FILE" };
        var workers = new Option<int>("--workers") { Description = "Samples looked at at once; 0: one per processor.", HelpName = "N" };
        var json = CommonOptions.Json();
        var command = new Command(
            "inspect",
            """
            Look through shards: counts, sizes, lengths, codecs, captions, scripts, duplicates, and what cannot be used.
            Headers are read and no pictures decoded, but for the page's contact sheet.

            Examples:
              pe data inspect ../shared/data/videos --html videos.html
              pe data inspect /data/pvd/{00000..00099}.tar --captions json.human_caption json.model_caption --json pvd.json
            """)
        { shards, captions, vocabulary, pictures, html, workers, json };
        command.SetAction(result =>
        {
            var (shown, clock) = (Stopwatch.StartNew(), Stopwatch.StartNew());
            var page = result.GetValue(html);
            var report = new DataInspection(new InspectionOptions
            {
                Shards = result.GetRequiredValue(shards),
                Captions = result.GetValue(captions) is { Length: > 0 } places ? places : null,
                Tokenizer = Tokenizer(result.GetValue(vocabulary)),
                Pictures = page is null ? 0 : result.GetValue(pictures),
                Workers = result.GetValue(workers),
            }).Run(Show, StopSignals.Current.Token);
            Print(report, clock.Elapsed.TotalSeconds);
            if (page is not null)
            {
                report.WritePage(page);
                Console.WriteLine($"{page}: all of it");
            }

            CommonOptions.WriteJson(result.GetValue(json), report);

            void Show(long samples)
            {
                if (shown.Elapsed > TimeSpan.FromSeconds(Console.IsErrorRedirected ? 10 : 1))
                {
                    Console.Error.WriteLine(Invariant($"{samples} samples  {samples / clock.Elapsed.TotalSeconds:0}/s"));
                    shown.Restart();
                }
            }
        });
        return command;
    }

    private static ClipTokenizer? Tokenizer(string? vocabulary)
        => (vocabulary ?? Environment.GetEnvironmentVariable("PE_VOCAB")) is { Length: > 0 } path ? ClipTokenizer.Load(path) : null;

    private static void Print(InspectionReport report, double seconds)
    {
        Console.WriteLine(Invariant($"{string.Join(", ", report.Shards)}: {report.Samples} samples in ")
            + Invariant($"{report.ShardCount} {(report.ShardCount == 1 ? "shard" : "shards")}, ")
            + Invariant($"{SizeText.Of(report.Bytes)}, looked at in {seconds:0.0} s"));
        Line("kinds", Counts(report.Kinds));
        Line("formats", Counts(report.Formats));
        Line("sizes", Counts(report.Resolutions.Take(5)));
        Line("length", Numbers(report.Seconds, " s"));
        Line("frames", Numbers(report.Frames, ""));
        foreach (var text in report.Captions)
        {
            var lengths = Numbers(text.Tokens, " tokens") ?? Numbers(text.Characters, " characters");
            Line(text.Place, $"{text.Samples} samples, {lengths ?? "all blank"}; {Counts(text.Scripts.Take(4))}");
        }

        Line("duplicates", $"{report.SameContent.Extra} files, {report.SameCaption.Extra} captions, {report.SameKey.Extra} keys");
        Line("bad", Invariant($"{report.Bad} samples ({(double)report.Bad / report.Samples:P2})"));
        foreach (var problem in report.Problems)
        {
            var first = problem.Examples[0];
            var place = first.Sample.Key is { } key ? $"{first.Sample.Shard}, sample {key}" : first.Sample.Shard;
            Line("", Invariant($"{problem.Reason}: {problem.Count}{(problem.IsLeftOut ? "" : ", used as far as it goes")}; ")
                + $"first {place}: {first.Detail}");
        }
    }

    private static void Line(string name, string? text)
    {
        if (!string.IsNullOrEmpty(text))
        {
            Console.WriteLine($"  {name,-20} {text}");
        }
    }

    private static string Counts(IEnumerable<InspectedCount> counts)
        => string.Join(", ", counts.Select(count => Invariant($"{count.Name} {count.Samples}")));

    private static string? Numbers(InspectedNumbers? numbers, string unit) => numbers is null ? null
        : Invariant($"{numbers.Least:0.#} to {numbers.Most:0.#}{unit} (median {numbers.Median:0.#}, 95% up to {numbers.Percentile95:0.#})");

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
