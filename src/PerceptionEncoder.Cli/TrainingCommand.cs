using System.CommandLine;
using PerceptionEncoder.Configuration;
using PerceptionEncoder.Distributed;
using PerceptionEncoder.Recipes;
using PerceptionEncoder.Serialization.Weights;
using PerceptionEncoder.Training;

namespace PerceptionEncoder.Cli;

/// <summary>What every command that trains from a config has in common.</summary>
internal static class TrainingCommand
{
    /// <param name="name">The command.</param>
    /// <param name="description">With an example.</param>
    /// <param name="train">Trains to the end; told whether to resume.</param>
    public static Command Create<TConfig>(string name, string description, Action<TConfig, RunFolder, TrainingConsole, bool> train)
        where TConfig : TrainingConfig
    {
        var config = new Option<string>("--config") { Description = "The run's YAML config.", HelpName = "FILE", Required = true };
        var set = CommonOptions.Set();
        var resume = new Option<bool>("--resume") { Description = "Continue from the run's last checkpoint; without one, start." };
        var allow = new Option<bool>("--allow-changes")
        {
            Description = "With --resume: go on although the config has changed in what is trained; "
                + "the numbers are then not those of one run.",
        };
        var plan = new PlanArguments();
        var command = new Command(name, description) { config, set, resume, allow };
        plan.AddTo(command);
        command.SetAction(result =>
        {
            var isPlan = plan.IsWanted(result);
            var loaded = ConfigLoader.Load<TConfig>(result.GetRequiredValue(config), result.GetValue(set) ?? []).Value;
            if (isPlan)
            {
                plan.Print(result, loaded);
                SayWarnings(loaded, Console.Error.WriteLine);
                foreach (var problem in RunReadiness.Problems(loaded, result.GetValue(resume), result.GetValue(allow)))
                {
                    Console.Error.WriteLine($"not ready: {problem}");
                }

                return;
            }

            NativeStartup.Prepare();
            LaunchedRanks.Run(
                loaded.Distributed,
                loaded.Compute.Device,
                world => Train(loaded, world, train, result.GetValue(resume), result.GetValue(allow)));
        });
        return command;
    }

    private static void Train<TConfig>(
        TConfig config,
        World world,
        Action<TConfig, RunFolder, TrainingConsole, bool> train,
        bool resume,
        bool allowChanges)
        where TConfig : TrainingConfig
    {
        RankAgreement.Demand(config, world);
        world.Together(() => RunReadiness.Demand(config, resume, allowChanges));
        RunFolder? opened = null;
        world.Together(() => opened = RunFolder.Open(config.Run, world));
        using var folder = opened!;
        using var console = TrainingConsole.Open(folder);
        StopSignals.Current.SavesFirst = true;
        if (world.Writes)
        {
            SayWarnings(config, line => console.Log.Warning("{Warning:l}", line));
        }

        train(config, folder, console, resume);
        if (world.Writes)
        {
            SayWhatNext(config, folder, console);
        }
    }

    /// <summary>Says what is allowed in a config and most likely not meant.</summary>
    public static void SayWarnings(TrainingConfig config, Action<string> say)
    {
        foreach (var (key, warning) in config.Warnings())
        {
            say($"warning: {key}: {warning}.");
        }
    }

    /// <summary>Where everything is, and a command that uses it.</summary>
    private static void SayWhatNext(TrainingConfig config, RunFolder folder, TrainingConsole console)
    {
        var run = Path.Combine(config.Run.Output, config.Run.Name);
        console.Log.Information(
            "Done: {Checkpoint:l}, {Report:l}",
            Path.Combine(run, RunFolder.CheckpointsName, Path.GetFileName(WeightsLocation.LatestCheckpoint(folder.Checkpoints) ?? "")),
            Path.Combine(run, Path.GetFileName(folder.Report)));
        console.Log.Information(
            "Next: {Command:l}",
            config switch
            {
                ContrastiveTrainingConfig { Evaluation.Sets: [var set, ..] }
                    => $"pe eval {set.Type.ToString().ToLowerInvariant()} {set.Name} --data {set.Data} --checkpoint {run}",
                AlignSpatialConfig => $"pe visualize features YOUR_IMAGE --checkpoint {run} --output features.png",
                AlignLanguageConfig => $"pe ask YOUR_IMAGE --question \"What is this?\" --checkpoint {run}",
                _ => $"pe encode images YOUR_IMAGES --checkpoint {run} --output features.npy",
            });
    }
}
