using System.CommandLine;
using PerceptionEncoder.Configuration;
using PerceptionEncoder.Recipes;

namespace PerceptionEncoder.Cli;

/// <summary><c>pe config check|show|schema</c>: what a run would do, without running it and without loading torch.</summary>
internal static class ConfigCommand
{
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
        var file = FileArgument();
        var set = CommonOptions.Set();
        var command = new Command("check", "List every problem of a config file, each with file, line and column.\n\nExample:\n  pe config check configs/pretrain/demo.yaml") { file, set };
        command.SetAction(result =>
        {
            ConfigLoader.Load<PretrainConfig>(result.GetRequiredValue(file), result.GetValue(set) ?? []);
            Console.WriteLine($"{result.GetRequiredValue(file)}: no problems found");
        });
        return command;
    }

    private static Command Show()
    {
        var file = FileArgument();
        var set = CommonOptions.Set();
        var command = new Command("show", "Print a config with its base files, overrides, environment and defaults filled in.\n\nExample:\n  pe config show configs/pretrain/demo.yaml --set optimizer.learning_rate=1e-3") { file, set };
        command.SetAction(result => Console.Write(ConfigLoader.Load<PretrainConfig>(result.GetRequiredValue(file), result.GetValue(set) ?? []).ToYaml()));
        return command;
    }

    private static Command Schema()
    {
        var command = new Command("schema", "Print the JSON schema of a pretraining config, for editors.\n\nExample:\n  pe config schema > pretrain.schema.json");
        command.SetAction(_ => Console.WriteLine(ConfigSchema.Generate<PretrainConfig>()));
        return command;
    }

    private static Argument<string> FileArgument() => new("FILE") { Description = "A YAML config." };
}
