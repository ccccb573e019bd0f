using System.CommandLine;
using PerceptionEncoder.Configuration;
using PerceptionEncoder.Recipes;
using PerceptionEncoder.Training;

namespace PerceptionEncoder.Cli;

/// <summary><c>pe finetune-video</c>: contrastive video finetuning from a config.</summary>
internal static class FinetuneVideoCommand
{
    public static Command Create()
    {
        var config = new Option<string>("--config") { Description = "The run's YAML config.", HelpName = "FILE", Required = true };
        var set = CommonOptions.Set();
        var resume = new Option<bool>("--resume") { Description = "Continue from the run's last checkpoint; without one, start." };
        var plan = new Option<bool>("--plan") { Description = "Print what the run would cost, and stop." };
        var command = new Command(
            "finetune-video",
            """
            Finetune a pretrained model on clips with captions. Ctrl-C saves a checkpoint and stops; --resume continues to the same numbers.

            Example:
              pe finetune-video --config configs/finetune-video/clips.yaml --set run.name=first
            """)
        { config, set, resume, plan };
        command.SetAction(result =>
        {
            var loaded = ConfigLoader.Load<FinetuneVideoConfig>(result.GetRequiredValue(config), result.GetValue(set) ?? []);
            if (result.GetValue(plan))
            {
                foreach (var line in loaded.Value.Plan().Describe(flopsPerSecond: null))
                {
                    Console.WriteLine(line);
                }

                return;
            }

            NativeStartup.Prepare();
            using var folder = RunFolder.Open(loaded.Value.Run);
            using var console = TrainingConsole.Open(folder.Log);
            new FinetuneVideo(loaded.Value, folder, console.Log, console.Show).Run(result.GetValue(resume), StopSignals.Current.Token);
        });
        return command;
    }
}
