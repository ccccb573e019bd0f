using System.CommandLine;
using PerceptionEncoder.Configuration;
using PerceptionEncoder.Evaluation;
using PerceptionEncoder.Recipes;
using PerceptionEncoder.Tools.Ablation;

namespace PerceptionEncoder.Cli;

/// <summary><c>pe config check|show|schema</c>: what a run would do, without running it and without loading torch.</summary>
internal static class ConfigCommand
{
    private static readonly Dictionary<ConfigKind, (Func<string, IReadOnlyList<string>, string> Load, Func<string> Schema)> Kinds = new()
    {
        [ConfigKind.Pretrain] = (Yaml<PretrainConfig>, ConfigSchema.Generate<PretrainConfig>),
        [ConfigKind.Distill] = (Yaml<DistillConfig>, ConfigSchema.Generate<DistillConfig>),
        [ConfigKind.FinetuneVideo] = (Yaml<FinetuneVideoConfig>, ConfigSchema.Generate<FinetuneVideoConfig>),
        [ConfigKind.Ablate] = (Yaml<AblationConfig>, ConfigSchema.Generate<AblationConfig>),
        [ConfigKind.Layers] = (Yaml<LayerSweepConfig>, ConfigSchema.Generate<LayerSweepConfig>),
    };

    private enum ConfigKind
    {
        Pretrain,
        Distill,
        FinetuneVideo,
        Ablate,
        Layers,
    }

    public static Command Create()
    {
        var command = new Command("config", "Check a config file, show what it resolves to, or print its JSON schema.");
        command.Subcommands.Add(Check());
        command.Subcommands.Add(Show());
        command.Subcommands.Add(Schema());
        return command;
    }

    private static Command Check()
    {
        var (file, kind, set) = (FileArgument(), Kind(), CommonOptions.Set());
        var command = new Command(
            "check",
            "List every problem of a config file, each with file, line and column.\n\n"
            + "Example:\n  pe config check configs/pretrain/demo.yaml")
        {
            file, kind, set,
        };
        command.SetAction(result =>
        {
            Kinds[result.GetValue(kind)].Load(result.GetRequiredValue(file), result.GetValue(set) ?? []);
            Console.WriteLine($"{result.GetRequiredValue(file)}: no problems found");
        });
        return command;
    }

    private static Command Show()
    {
        var (file, kind, set) = (FileArgument(), Kind(), CommonOptions.Set());
        var command = new Command(
            "show",
            "Print a config with its base files, overrides, environment and defaults filled in.\n\n"
            + "Example:\n  pe config show configs/pretrain/demo.yaml --set optimizer.learning_rate=1e-3")
        {
            file, kind, set,
        };
        command.SetAction(
            result => Console.Write(Kinds[result.GetValue(kind)].Load(result.GetRequiredValue(file), result.GetValue(set) ?? [])));
        return command;
    }

    private static Command Schema()
    {
        var kind = Kind();
        var command = new Command(
            "schema",
            "Print the JSON schema of a config, for editors.\n\nExample:\n  pe config schema > pretrain.schema.json")
        {
            kind,
        };
        command.SetAction(result => Console.Write(Kinds[result.GetValue(kind)].Schema() + "\n"));
        return command;
    }

    private static string Yaml<T>(string file, IReadOnlyList<string> overrides)
        where T : class
        => ConfigLoader.Load<T>(file, overrides).ToYaml();

    private static Option<ConfigKind> Kind() => CommonOptions.Choice("--for", "The command that the config is for.", ConfigKind.Pretrain);

    private static Argument<string> FileArgument() => new("FILE") { Description = "A YAML config." };
}
