using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using PerceptionEncoder.Tools.Packing;

namespace PerceptionEncoder.Cli;

/// <summary><c>pe data pack</c>: own pictures and clips to shards.</summary>
internal sealed class PackCommand
{
    private const double MostSeconds = 1e8;

    private readonly Argument<string> input = new("INPUT")
    {
        Description = "A table (.csv, .tsv, .jsonl, .parquet) or a folder that holds one, a folder for each class, "
            + "or a folder of images or clips with a .txt or .json beside each.",
    };
    private readonly Option<string> output = new("--output")
    {
        Description = "New folder for the shards.",
        HelpName = "DIR",
        Required = true,
    };
    private readonly Option<string?> root = new("--root")
    {
        Description = "What the table's paths are relative to; its own folder by default.",
        HelpName = "DIR",
    };
    private readonly Option<string?> path = Column("--path", "Column of the paths; guessed from its name by default.");
    private readonly Option<string[]> captions = new("--caption")
    {
        Description = "Column or columns of captions; guessed by default, none takes none. A JSON list in a cell is several captions.",
        HelpName = "COL",
        AllowMultipleArgumentsPerToken = true,
    };
    private readonly Option<string?> label = Column("--label", "Column of the class; guessed by default, none takes none.");
    private readonly Option<string?> id = Column("--id", "Column of the keys; guessed by default, none makes them of the paths.");
    private readonly Option<string?> classes = new("--classes")
    {
        Description = "Class names, one a line, in the order of their indices; classnames.txt beside the table by default, "
            + "else the labels sorted.",
        HelpName = "FILE",
    };
    private readonly Option<string?> split = new("--split")
    {
        Description = "Parts by share, the same when rows are added: train=0.9,test=0.1. All rows are train by default.",
        HelpName = "NAME=SHARE,...",
    };
    private readonly Option<string?> splitColumn = Column("--split-column", "Column with the name of each row's part.");
    private readonly Option<string?> group = Column("--group", "Column of which rows of one value stay in one part.");
    private readonly Option<ulong> seed = new("--seed")
    {
        Description = "Of the parts and of the order where it is shuffled.",
        HelpName = "N",
        DefaultValueFactory = _ => 17,
    };
    private readonly Option<bool?> shuffle = new("--shuffle")
    {
        Description = "Put rows in a random order; class folders are unless it is false.",
        HelpName = "true|false",
    };
    private readonly Option<int?> maxSide = new("--max-side")
    {
        Description = "Shrink images whose longer side is longer, to JPEG of quality 95; all others are copied as they are.",
        HelpName = "PIXELS",
    };
    private readonly Option<string?> shardSize = new("--shard-size")
    {
        Description = "Samples (5000) or bytes (256MB, the default) of a shard.",
        HelpName = "SIZE",
    };
    private readonly Option<int> workers = new("--workers")
    {
        Description = "Files read at a time; 0 takes one per processor.",
        HelpName = "N",
    };
    private readonly Option<double> badLimit = new("--bad-limit")
    {
        Description = "Share of rows that cannot be used above which to stop.",
        HelpName = "SHARE",
        DefaultValueFactory = _ => 0.05,
    };
    private readonly Option<bool> verify = new("--verify")
    {
        Description = "Decode every image whole and open every clip, in place of a look at the first bytes.",
    };
    private readonly Option<string?> json = CommonOptions.Json();

    public static Command Create()
    {
        var options = new PackCommand();
        var command = new Command(
            "pack",
            """
            Pack own images or clips, with captions and labels, into shards to train and evaluate on.
            What cannot be used is left out and listed in bad-rows.csv. Repeated, it goes on after the last finished shard.

            Example:
              pe data pack photos/captions.csv --output runs/own --split train=0.9,test=0.1
            """)
        { options.input };
        Option[] all =
        [
            options.output, options.root, options.path, options.captions, options.label, options.id, options.classes, options.split,
            options.splitColumn, options.group, options.seed, options.shuffle, options.maxSide, options.shardSize, options.workers,
            options.badLimit, options.verify, options.json,
        ];
        foreach (var option in all)
        {
            command.Options.Add(option);
        }

        command.SetAction(options.Run);
        return command;
    }

    private static Option<string?> Column(string name, string description) => new(name) { Description = description, HelpName = "COL" };

    private void Run(ParseResult result)
    {
        var options = new PackOptions
        {
            Input = result.GetRequiredValue(input),
            Output = result.GetRequiredValue(output),
            Root = result.GetValue(root),
            PathColumn = result.GetValue(path),
            CaptionColumns = result.GetValue(captions),
            LabelColumn = result.GetValue(label),
            IdColumn = result.GetValue(id),
            Classes = result.GetValue(classes),
            Splits = result.GetValue(split) is { } shares ? SplitShare.Parse(shares) : null,
            SplitColumn = result.GetValue(splitColumn),
            GroupColumn = result.GetValue(group),
            Seed = result.GetValue(seed),
            Shuffle = result.GetValue(shuffle),
            MaxSide = result.GetValue(maxSide),
            ShardSize = result.GetValue(shardSize) is { } size ? ShardSize.Parse(size) : ShardSize.Default,
            Workers = result.GetValue(workers),
            BadLimit = result.GetValue(badLimit),
            Verify = result.GetValue(verify),
        };
        var (shown, clock) = (Stopwatch.StartNew(), new Stopwatch());
        var summary = new DataPack(options).Run(Console.Error.WriteLine, Show, StopSignals.Current.Token);
        Print(summary);
        CommonOptions.WriteJson(result.GetValue(json), summary);

        void Show(PackProgress progress)
        {
            clock.Start();
            if (shown.Elapsed > TimeSpan.FromSeconds(Console.IsErrorRedirected ? 10 : 1))
            {
                var rate = (progress.Rows - progress.Resumed) / clock.Elapsed.TotalSeconds;
                var left = TimeSpan.FromSeconds(rate > 0 ? Math.Min((progress.Total - progress.Rows) / rate, MostSeconds) : 0);
                var bad = progress.Bad > 0 ? Invariant($"  {progress.Bad:N0} left out") : "";
                Console.Error.WriteLine(Invariant($"{progress.Rows:N0} of {progress.Total:N0} rows  {rate:0.#}/s  eta ")
                    + Invariant($"{(int)left.TotalMinutes}m{left.Seconds:00}s{bad}"));
                shown.Restart();
            }
        }
    }

    private static void Print(PackSummary summary)
    {
        var reasons = string.Join(", ", summary.BadByReason.Select(reason => Invariant($"{reason.Value:N0} {reason.Key}")));
        var bad = summary.Bad > 0 ? Invariant($"; {summary.Bad:N0} left out ({reasons}), listed in {summary.Output}/bad-rows.csv") : "";
        var resumed = summary.Resumed > 0 ? $", {summary.Resumed} shards from before" : "";
        Console.WriteLine(Invariant($"{summary.Output}: {summary.Samples:N0} samples of {summary.Rows:N0} rows{bad}{resumed}"));
        foreach (var part in summary.Splits)
        {
            var shards = part.Shards == 1 ? "1 shard" : Invariant($"{part.Shards:N0} shards");
            Console.WriteLine(Invariant($"  {part.Name}: {part.Samples:N0} samples, {shards}, {SizeText.Of(part.Bytes)}"));
        }

        var train = summary.Splits.FirstOrDefault(part => part.Name is "train" or "training") ?? summary.Splits[0];
        var test = summary.Splits.FirstOrDefault(part => part != train) ?? train;
        var name = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(summary.Output)));
        if (summary.HasCaptions)
        {
            var media = summary.HasClips ? ", media: video" : "";
            Console.WriteLine("in a config:");
            Console.WriteLine("  data:");
            Console.WriteLine($"    train: [{{shards: \"{train.Pattern}\"{media}}}]");
        }

        if (!summary.HasCaptions && summary.Classes is null)
        {
            var kind = summary.HasClips ? "videos" : "images";
            Console.WriteLine($"next: pe encode {kind} {summary.Output} --checkpoint CHECKPOINT --output features.npy");
        }

        var frames = summary.HasClips ? " --frames 8" : "";
        if (summary.Classes is not null)
        {
            Console.WriteLine(
                $"next: pe eval zeroshot {name} --checkpoint CHECKPOINT --data {summary.Output} --split {test.Name}{frames}");
        }

        if (summary.HasCaptions)
        {
            Console.WriteLine(
                $"next: pe eval retrieval {name} --checkpoint CHECKPOINT --data {summary.Output} --split {test.Name}{frames}");
        }
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
