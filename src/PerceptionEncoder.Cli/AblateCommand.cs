using System.CommandLine;
using PerceptionEncoder.Configuration;
using PerceptionEncoder.Recipes;
using PerceptionEncoder.Tools.Ablation;
using PerceptionEncoder.Training;

namespace PerceptionEncoder.Cli;

/// <summary><c>pe ablate</c>: what each step of a recipe is worth.</summary>
internal static class AblateCommand
{
    public static Command Create()
    {
        var config = new Option<string>("--config") { Description = "The ablation's YAML config.", HelpName = "FILE", Required = true };
        var set = CommonOptions.Set();
        var only = new Option<int[]>("--only")
        {
            Description = "Numbers of the steps to train, from 1; all by default.",
            HelpName = "N",
            AllowMultipleArgumentsPerToken = true,
        };
        var json = CommonOptions.Json();
        var command = new Command(
            "ablate",
            """
            Train every step of an ablation, one run each, and write a table (Markdown, CSV) and a bar chart.
            Repeated, it goes on where it was.

            Example:
              pe ablate --config configs/ablation/cifar10.yaml --only 1 2
            """)
        { config, set, only, json };
        command.SetAction(result =>
        {
            NativeStartup.Prepare();
            var file = result.GetRequiredValue(config);
            var study = ConfigLoader.Load<AblationConfig>(file, result.GetValue(set) ?? []).Value;
            StopSignals.Current.SavesFirst = true;
            var (folder, rows) = study.Recipe switch
            {
                AblatedRecipe.AlignLang => Run<AlignLanguageConfig>(
                    study,
                    file,
                    result.GetValue(only),
                    (config, run, console) => new AlignLanguage(config, run, console.Log, console.Show)
                        .Run(resume: true, StopSignals.Current.Token)),
                AblatedRecipe.FinetuneVideo => Run<FinetuneVideoConfig>(
                    study,
                    file,
                    result.GetValue(only),
                    (config, run, console) => new FinetuneVideo(config, run, console.Log, console.Show)
                        .Run(resume: true, StopSignals.Current.Token)),
                _ => Run<PretrainConfig>(
                    study,
                    file,
                    result.GetValue(only),
                    (config, run, console) => new Pretrain(config, run, console.Log, console.Show)
                        .Run(resume: true, StopSignals.Current.Token)),
            };
            Console.Write(File.ReadAllText(Path.Combine(folder, "ablation.md")));
            Console.WriteLine($"Table: {folder}/ablation.md, ablation.csv   Chart: {folder}/ablation.svg");
            CommonOptions.WriteJson(
                result.GetValue(json),
                rows.Select(row => new
                {
                    row.Number,
                    row.Name,
                    row.Accuracy,
                    row.Spread?.Lowest,
                    row.Spread?.Highest,
                    row.Robustness,
                    Sets = row.Sets.ToDictionary(entry => entry.Metric, entry => entry.Value),
                    row.Seeds,
                }));
        });
        return command;
    }

    private static (string Folder, IReadOnlyList<AblationRow> Rows) Run<TConfig>(
        AblationConfig config,
        string file,
        int[]? only,
        Action<TConfig, RunFolder, TrainingConsole> train)
        where TConfig : TrainingConfig
    {
        var study = new AblationStudy<TConfig>(config, file, Train, run => RunReadiness.Problems(run, resume: true, allowChanges: true));
        return (study.Folder, study.Run(only ?? [], Console.WriteLine, StopSignals.Current.Token));

        void Train(TConfig run)
        {
            using var folder = RunFolder.Open(run.Run);
            using var console = TrainingConsole.Open(folder);
            train(run, folder, console);
        }
    }
}
