using System.CommandLine;
using PerceptionEncoder.Configuration;
using PerceptionEncoder.Recipes;
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
        var plan = new Option<bool>("--plan") { Description = "Print what the run would cost, and stop." };
        var command = new Command(name, description) { config, set, resume, allow, plan };
        command.SetAction(result =>
        {
            var loaded = ConfigLoader.Load<TConfig>(result.GetRequiredValue(config), result.GetValue(set) ?? []).Value;
            if (result.GetValue(plan))
            {
                foreach (var line in loaded.Plan().Describe(flopsPerSecond: null))
                {
                    Console.WriteLine(line);
                }

                return;
            }

            NativeStartup.Prepare();
            RunReadiness.Demand(loaded, result.GetValue(resume), result.GetValue(allow));
            using var folder = RunFolder.Open(loaded.Run);
            using var console = TrainingConsole.Open(folder.Log);
            StopSignals.Current.SavesFirst = true;
            train(loaded, folder, console, result.GetValue(resume));
        });
        return command;
    }
}
