using System.CommandLine;
using System.Text.Json;

namespace PerceptionEncoder.Cli;

/// <summary>Options that several commands share, spelled and described once.</summary>
internal static class CommonOptions
{
    public static Option<string[]> Set() => new("--set")
    {
        Description = "Override a config value: a.b.c=value. May be given several times.",
        HelpName = "KEY=VALUE",
        AllowMultipleArgumentsPerToken = true,
        Arity = ArgumentArity.OneOrMore,
    };

    public static Option<string?> Json() => new("--json") { Description = "Write the result as JSON to this file.", HelpName = "FILE" };

    public static Option<string> Checkpoint() => new("--checkpoint")
    {
        Description = "A run folder (its latest checkpoint), a checkpoint folder, or a .safetensors file.",
        HelpName = "PATH",
        Required = true,
    };

    public static Option<string> Data() => new("--data") { Description = "Folder of the data set.", HelpName = "DIR", Required = true };

    /// <summary>An option whose values are an enum's, written in lower-case snake_case as in configs.</summary>
    public static Option<T> Choice<T>(string name, string description, T preset)
        where T : struct, Enum
    {
        var values = Enum.GetValues<T>().ToDictionary(value => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString()));
        var option = new Option<T>(name)
        {
            Description = $"{description} {string.Join(" | ", values.Keys)}",
            HelpName = "CHOICE",
            DefaultValueFactory = _ => preset,
            CustomParser = argument =>
            {
                var text = argument.Tokens.Count > 0 ? argument.Tokens[0].Value : "";
                if (values.TryGetValue(text, out var value))
                {
                    return value;
                }

                argument.AddError($"{name} {text}: not one of {string.Join(", ", values.Keys)}");
                return default;
            },
        };
        return option;
    }
}
