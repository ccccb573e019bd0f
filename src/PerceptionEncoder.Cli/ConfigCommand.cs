using System.CommandLine;
using PerceptionEncoder.Configuration;
using PerceptionEncoder.Evaluation;
using PerceptionEncoder.Recipes;
using PerceptionEncoder.Tools.Ablation;
using PerceptionEncoder.Tools.VideoEngine;
using PerceptionEncoder.Tools.VideoEngine.Selection;
using PerceptionEncoder.Training;

namespace PerceptionEncoder.Cli;

/// <summary>
/// <c>pe config check|show|schema|reference</c>: what a run would do, without running it and without loading torch, and what can be
/// written.
/// </summary>
internal static class ConfigCommand
{
    private static readonly Dictionary<ConfigKind, Kind> Kinds = new()
    {
        [ConfigKind.Pretrain] = OfTraining<PretrainConfig>("pe pretrain"),
        [ConfigKind.Distill] = OfTraining<DistillConfig>("pe distill"),
        [ConfigKind.FinetuneVideo] = OfTraining<FinetuneVideoConfig>("pe finetune-video"),
        [ConfigKind.AlignLang] = OfTraining<AlignLanguageConfig>("pe align lang"),
        [ConfigKind.AlignSpatial] = OfTraining<AlignSpatialConfig>("pe align spatial"),
        [ConfigKind.Ablate] = Of<AblationConfig>("pe ablate"),
        [ConfigKind.Layers] = Of<LayerSweepConfig>("pe eval layers"),
        [ConfigKind.VideoEngine] = Of<VideoEngineConfig>("pe video-engine run"),
        [ConfigKind.ClipQuestions] = Of<ClipQuestionsConfig>("pe video-engine select"),
    };

    private enum ConfigKind
    {
        Pretrain,
        Distill,
        FinetuneVideo,
        AlignLang,
        AlignSpatial,
        Ablate,
        Layers,
        VideoEngine,
        ClipQuestions,
    }

    public static Command Create() => CommandGroup.Of(
        "config",
        "Check a config file, show what it resolves to, or print its JSON schema or every key.",
        Check,
        Show,
        Schema,
        Reference);

    private static Command Check()
    {
        var (file, kind, set) = (FileArgument(), KindOption(), CommonOptions.Set());
        var files = new Option<bool>("--files") { Description = "Look at data, weights and disk too, as a run does before it begins." };
        var command = new Command(
            "check",
            "List every problem of a config file, each with file, line and column.\n\n"
            + "Example:\n  pe config check configs/pretrain/demo.yaml")
        {
            file, kind, set, files,
        };
        command.SetAction(result =>
        {
            var (found, loaded) = Load(result.GetValue(kind), result.GetRequiredValue(file), result.GetValue(set) ?? []);
            if (loaded.Value is TrainingConfig training)
            {
                TrainingCommand.SayWarnings(training, Console.Error.WriteLine);
            }

            if (result.GetValue(files) && loaded.Missing() is { Count: > 0 } missing)
            {
                throw new UserErrorException(missing);
            }

            Console.WriteLine($"{result.GetRequiredValue(file)}: no problems found ({found.Command})");
        });
        return command;
    }

    private static Command Show()
    {
        var (file, kind, set) = (FileArgument(), KindOption(), CommonOptions.Set());
        var command = new Command(
            "show",
            "Print a config with its base files, overrides, environment and defaults filled in.\n\n"
            + "Example:\n  pe config show configs/pretrain/demo.yaml --set optimizer.learning_rate=1e-3")
        {
            file, kind, set,
        };
        command.SetAction(result => Console.Write(
            Load(result.GetValue(kind), result.GetRequiredValue(file), result.GetValue(set) ?? []).Config.Yaml));
        return command;
    }

    private static Command Schema()
    {
        var kind = KindOption();
        var command = new Command(
            "schema",
            "Print the JSON schema of a config, for editors; of pe pretrain where no command is named.\n\n"
            + "Example:\n  pe config schema > pretrain.schema.json")
        {
            kind,
        };
        command.SetAction(result => Console.Write(Kinds[result.GetValue(kind) ?? ConfigKind.Pretrain].Schema() + "\n"));
        return command;
    }

    private static Command Reference()
    {
        var command = new Command(
            "reference",
            "Print every key of every config with its default, as Markdown.\n\nExample:\n  pe config reference > reference.md");
        command.SetAction(_ => Console.Write(
            "# Every config key\n\nWritten by `pe config reference`; a test keeps it current. "
            + "`pe config show FILE` prints a config with all of them filled in.\n\n"
            + ConfigReference.Write([.. Kinds.Values.Select(kind => (kind.Command, kind.Record))])));
        return command;
    }

    /// <summary>Loads a config as that of the command it has the fewest problems with, unless one is named.</summary>
    private static (Kind Kind, LoadedFile Config) Load(ConfigKind? named, string file, IReadOnlyList<string> overrides)
    {
        var failures = new List<ConfigException>();
        foreach (var kind in Kinds.Where(kind => named is null || kind.Key == named).Select(kind => kind.Value))
        {
            try
            {
                return (kind, kind.Load(file, overrides));
            }
            catch (ConfigException failure)
            {
                failures.Add(failure);
            }
        }

        throw failures.MinBy(failure => (failure.Problems.Count, -failure.Problems.Sum(problem => Depth(problem.Key))))!;

        // Of as many problems those within a section say more than that the section is not known.
        static int Depth(string key) => key.Length == 0 ? 0 : key.Split('.').Length;
    }

    private static Kind OfTraining<T>(string command)
        where T : TrainingConfig
        => Of<T>(command, config => RunReadiness.Problems(config, resume: true, allowChanges: true));

    private static Kind Of<T>(string command, Func<T, IReadOnlyList<string>>? missing = null)
        where T : class
        => new(
            command,
            (file, overrides) =>
            {
                var loaded = ConfigLoader.Load<T>(file, overrides);
                return new(loaded.Value, loaded.ToYaml(), () => missing?.Invoke(loaded.Value)
                    ?? throw new UserErrorException($"--files: {command} looks at its files itself before it begins. Leave it out."));
            },
            ConfigSchema.Generate<T>,
            typeof(T));

    private static Option<ConfigKind?> KindOption()
        => CommonOptions.OptionalChoice<ConfigKind>("--for", "The command that the config is for; found out from its keys by default.");

    private static Argument<string> FileArgument() => new("FILE") { Description = "A YAML config." };

    /// <param name="Command">That takes it.</param>
    /// <param name="Load">Reads a file with overrides.</param>
    /// <param name="Schema">JSON schema.</param>
    /// <param name="Record">What it is read into.</param>
    private sealed record Kind(
        string Command,
        Func<string, IReadOnlyList<string>, LoadedFile> Load,
        Func<string> Schema,
        Type Record);

    /// <param name="Value">The record.</param>
    /// <param name="Yaml">Completed.</param>
    /// <param name="Missing">Looks at the files it names: a line for each problem.</param>
    private sealed record LoadedFile(object Value, string Yaml, Func<IReadOnlyList<string>> Missing);
}
