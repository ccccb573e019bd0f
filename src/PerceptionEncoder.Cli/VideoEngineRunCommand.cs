using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using PerceptionEncoder.Configuration;
using PerceptionEncoder.Tools.VideoEngine;
using PerceptionEncoder.Tools.VideoEngine.State;

namespace PerceptionEncoder.Cli;

/// <summary><c>pe video-engine run</c>: clips to captioned shards.</summary>
internal static class VideoEngineRunCommand
{
    public static Command Create()
    {
        var config = new Option<string>("--config") { Description = "The run's YAML config.", HelpName = "FILE", Required = true };
        var set = CommonOptions.Set();
        var stage = CommonOptions.OptionalChoice<EngineStage>("--stage", "One stage alone; all by default.");
        var dryRun = new Option<bool>("--dry-run") { Description = "Print what is left to do, and about what it takes; ask nothing." };
        var redo = new Option<bool>("--redo") { Description = "Drop what a stage made by another config or prompt, and make it anew." };
        var json = CommonOptions.Json();
        var command = new Command(
            "run",
            """
            Describe frames and clips, blend that with the metadata into one caption a clip, and write shards to finetune on.
            Repeated, it goes on where it was, after Ctrl-C and a kill too, and tries again what failed.

            Example:
              pe video-engine run --config configs/video-engine/clips.yaml --dry-run
            """)
        { config, set, stage, dryRun, redo, json };
        command.SetAction(result =>
        {
            var loaded = ConfigLoader.Load<VideoEngineConfig>(result.GetRequiredValue(config), result.GetValue(set) ?? []).Value;
            var only = result.GetValue(stage);
            if (result.GetValue(dryRun))
            {
                var plan = new VideoEngineRun(loaded, Console.Error.WriteLine)
                    .Plan(only, result.GetValue(redo), StopSignals.Current.Token);
                Print(plan);
                CommonOptions.WriteJson(result.GetValue(json), Json(plan));
                return;
            }

            if (loaded.HasOwnModel())
            {
                NativeStartup.Prepare();
            }

            Run(loaded, only, result.GetValue(redo), result.GetValue(json));
        });
        return command;
    }

    private static void Run(VideoEngineConfig config, EngineStage? only, bool redo, string? json)
    {
        using var console = new EngineConsole();
        EngineSummary summary;
        try
        {
            summary = new VideoEngineRun(config, console.Print).Run(only, redo, console.Show, StopSignals.Current.Token);
        }
        catch (OperationCanceledException)
        {
            console.Print("stopped; every answer that came is kept. The same command goes on.");
            throw;
        }

        console.Dispose();
        Print(summary);
        CommonOptions.WriteJson(json, summary);
        if (summary.Stopped is { } stopped)
        {
            throw new UserErrorException(stopped);
        }
    }

    private static void Print(EngineSummary summary)
    {
        Console.WriteLine(Invariant($"{summary.Folder}: {summary.Captioned:N0} of {summary.Clips:N0} clips captioned, ")
            + Invariant($"{summary.Written:N0} in {Count(summary.Shards, "shard")}"));
        Console.WriteLine(Invariant($"  {Count(summary.Calls, "call")}, {summary.InputTokens:N0} tokens in, {summary.OutputTokens:N0} out")
            + (summary.Cost > 0 ? Invariant($", cost {summary.Cost:0.####}") : ""));
        Reasons("  failed, to be tried again by the same command", summary.Failed);
        Reasons("  given up after two answers", summary.GivenUp);
    }

    private static void Print(EnginePlan plan)
    {
        Console.WriteLine(Invariant($"{plan.Folder}: {plan.Clips:N0} clips, {plan.Recorded:N0} answers recorded"));
        foreach (var stage in plan.Stages)
        {
            Console.WriteLine(Invariant($"  {Name(stage.Stage),-8} {stage.Calls,10:N0} calls of {stage.Model}: ")
                + Invariant($"{stage.InputTokens:N0} tokens in, {stage.OutputTokens:N0} out, {Hours(stage.Hours)}{Cost(stage.Cost)}")
                + (stage.Measured ? ", by the calls so far" : ", by a guess"));
        }

        Console.WriteLine(Invariant($"  in all   {plan.Calls,10:N0} calls: {plan.Tokens:N0} tokens, {Hours(plan.Hours)}{Cost(plan.Cost)}"));
    }

    private static object Json(EnginePlan plan) => new
    {
        plan.Folder,
        plan.Clips,
        plan.Recorded,
        plan.Calls,
        plan.Tokens,
        plan.Hours,
        plan.Cost,
        Stages = plan.Stages.Select(stage => new
        {
            Stage = Name(stage.Stage),
            stage.Model,
            stage.Calls,
            stage.InputTokens,
            stage.OutputTokens,
            stage.Hours,
            stage.Cost,
            stage.Measured,
        }),
    };

    private static void Reasons(string head, IReadOnlyDictionary<string, long> counts)
    {
        if (counts.Count > 0)
        {
            Console.WriteLine($"{head}: {EngineConsole.Reasons(counts)}");
        }
    }

    private static string Name(EngineStage stage) => JsonNamingPolicy.SnakeCaseLower.ConvertName(stage.ToString());

    private static string Count(long number, string noun) => Invariant($"{number:N0} {noun}{(number == 1 ? "" : "s")}");

    private static string Hours(double hours) => hours >= 1 ? Invariant($"{hours:N1} hours") : Invariant($"{hours * 60:0.#} minutes");

    private static string Cost(double cost) => cost > 0 ? Invariant($", cost {cost:0.####}") : "";

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
