using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using PerceptionEncoder.Configuration;
using PerceptionEncoder.Media.Video;
using PerceptionEncoder.Tools.VideoEngine.Captioning;
using PerceptionEncoder.Tools.VideoEngine.Selection;

namespace PerceptionEncoder.Cli;

/// <summary><c>pe video-engine select</c>: which clips are worth captioning.</summary>
internal static class VideoEngineSelectCommand
{
    private static readonly SelectionOptions Presets = new() { Shards = [], Output = "" };

    public static Command Create()
    {
        var shards = new Argument<string[]>("SHARDS")
        {
            Description = "Tars of clips or stored frames: folders, files, patterns (DIR/{00000..00009}.tar).",
            Arity = ArgumentArity.OneOrMore,
        };
        var output = new Option<string>("--output")
        {
            Description = "Folder for measures, choice and report.",
            HelpName = "DIR",
            Required = true,
        };
        var checkpoint = CommonOptions.Checkpoint();
        checkpoint.Required = false;
        checkpoint.Description = $"Sort clips by what they show, and find near-duplicates by it. {checkpoint.Description}";
        var vocabulary = CommonOptions.Vocabulary();
        var frames = Number("--frames", "Frames of a clip that are encoded.", "N", Presets.Frames);
        var clusters = Number("--clusters", "Kinds that clips are sorted into; 0: the root of their number.", "K", Presets.Clusters);
        var keep = Number("--keep", "Share of each kind that is kept.", "SHARE", Presets.Keep);
        var leastSeconds = Number("--least-seconds", "Drop shorter clips.", "S", Presets.LeastSeconds);
        var mostSeconds = Number("--most-seconds", "Drop longer clips.", "S", Presets.MostSeconds);
        var mostCuts = Number("--most-cuts", "Drop clips with more cuts.", "N", Presets.MostCuts);
        var mostBlack = Number("--most-black", "Drop clips with a larger share of black frames.", "SHARE", Presets.MostBlack);
        var mostStill = Number("--most-still", "Drop clips of which a larger share stands still.", "SHARE", Presets.MostStill);
        var hashDistance = Number(
            "--hash-distance",
            "Clips whose perceptual hashes differ in at most so many of 64 bits are one; -1: none.",
            "BITS",
            Presets.HashDistance);
        var cosine = Number("--cosine", "Clips from this cosine of their features on are one; 2: none.", "COSINE", Presets.Cosine);
        var labels = new Option<string?>("--labels")
        {
            Description = "A table of key and label (1 good, 0 bad): train a scorer on it and rank by it.",
            HelpName = "FILE",
        };
        var questions = new Option<string?>("--questions")
        {
            Description = "A YAML config of yes/no questions that a multimodal model is asked about each clip that the rules keep.",
            HelpName = "FILE",
        };
        var copy = new Option<bool>("--copy") { Description = "Copy the kept samples to shards in OUTPUT/shards." };
        var seed = Number("--seed", "The same seed chooses the same clips.", "N", Presets.Seed);
        var workers = Number("--workers", "Clips measured at once; 0: one per processor.", "N", Presets.Workers);
        var isolated = CommonOptions.IsolateDecoder();
        var computing = new ComputeArguments();
        var json = CommonOptions.Json();
        var command = new Command(
            "select",
            """
            Choose the clips that are worth captioning: measure motion, cuts, black and still parts, drop what comes twice,
            sort the rest into kinds and keep the best of each. Repeated, it measures only what is new.

            Example:
              pe video-engine select ../shared/data/videos --output runs/selected --keep 0.5
            """)
        {
            shards, output, checkpoint, vocabulary, frames, clusters, keep, leastSeconds, mostSeconds, mostCuts, mostBlack, mostStill,
            hashDistance, cosine, labels, questions, copy, seed, workers, isolated,
        };
        computing.AddTo(command);
        command.Add(json);
        command.SetAction(result =>
        {
            var encoder = result.GetValue(checkpoint);
            var asked = result.GetValue(questions) is { } file ? ConfigLoader.Load<ClipQuestionsConfig>(file).Value : null;
            if (encoder is not null || result.GetValue(labels) is not null || asked?.Captioner.Type == CaptionerType.Plm)
            {
                NativeStartup.Prepare();
            }

            var options = new SelectionOptions
            {
                Shards = result.GetRequiredValue(shards),
                Output = result.GetRequiredValue(output),
                Checkpoint = encoder is null ? null : CommonOptions.Locate(encoder),
                Vocabulary = result.GetValue(vocabulary),
                Frames = result.GetValue(frames),
                Clusters = result.GetValue(clusters),
                Keep = result.GetValue(keep),
                LeastSeconds = result.GetValue(leastSeconds),
                MostSeconds = result.GetValue(mostSeconds),
                MostCuts = result.GetValue(mostCuts),
                MostBlack = result.GetValue(mostBlack),
                MostStill = result.GetValue(mostStill),
                HashDistance = result.GetValue(hashDistance),
                Cosine = result.GetValue(cosine),
                Labels = result.GetValue(labels),
                Questions = asked,
                Copy = result.GetValue(copy),
                Seed = result.GetValue(seed),
                Workers = result.GetValue(workers),
                Compute = computing.Read(result),
                Precision = computing.Precision(result),
            };
            var (shown, clock) = (Stopwatch.StartNew(), Stopwatch.StartNew());
            var decoding = new VideoReaderOptions { Isolated = result.GetValue(isolated) };
            var summary = new VideoSelection(options, decoding).Run(Console.Error.WriteLine, Show, StopSignals.Current.Token);
            Print(summary);
            CommonOptions.WriteJson(result.GetValue(json), summary);

            void Show(long clips)
            {
                if (shown.Elapsed > TimeSpan.FromSeconds(Console.IsErrorRedirected ? 10 : 1))
                {
                    Console.Error.WriteLine(Invariant($"{clips} clips  {clips / clock.Elapsed.TotalSeconds:0.#}/s"));
                    shown.Restart();
                }
            }
        });
        return command;
    }

    private static void Print(SelectionSummary summary)
    {
        Console.WriteLine(Invariant($"{summary.Kept} of {summary.Clips} clips are kept ({summary.Measured} measured in ")
            + Invariant($"{summary.SecondsMeasuring:0.0} s, {summary.Clusters} {(summary.Clusters == 1 ? "kind" : "kinds")})"));
        Console.WriteLine("  " + string.Join(", ", summary.ByReason.Select(reason => Invariant($"{reason.Key} {reason.Value}"))));
        if (summary.Scorer is { } scorer)
        {
            Console.WriteLine(
                Invariant($"  scorer of {scorer.Examples} labels: AUC {scorer.Auc:0.000} ± {scorer.Deviation:0.000} by cross-validation"));
        }

        if (summary.Questions is { } questions)
        {
            Console.WriteLine(Invariant($"  {questions.Calls:N0} answers of {questions.Model} now, {questions.Tokens:N0} tokens in all")
                + (questions.Cost > 0 ? Invariant($", cost {questions.Cost:0.####}") : ""));
            foreach (var question in questions.Questions)
            {
                Console.WriteLine(Invariant($"  {question.Name}: yes {question.Yes}, no {question.No}, unknown {question.Unknown}"));
            }

            if (questions.Failed.Count > 0)
            {
                Console.WriteLine($"  no answer, to be asked again by the same command: {EngineConsole.Reasons(questions.Failed)}");
            }
        }

        Console.WriteLine($"{summary.Selection}: a line for each clip");
        Console.WriteLine($"{summary.Report}: kept and dropped side by side");
        if (summary.Shards is { } folder)
        {
            Console.WriteLine($"{folder}: the kept samples");
        }
    }

    private static Option<T> Number<T>(string name, string description, string help, T preset)
        => new(name) { Description = description, HelpName = help, DefaultValueFactory = _ => preset };

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
