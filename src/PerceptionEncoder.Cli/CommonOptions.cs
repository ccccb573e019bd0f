using System.CommandLine;
using System.CommandLine.Parsing;
using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Serialization;
using PerceptionEncoder.Configuration;
using PerceptionEncoder.Serialization;
using PerceptionEncoder.Serialization.Remote;
using PerceptionEncoder.Serialization.Weights;
using PerceptionEncoder.Tensors;

namespace PerceptionEncoder.Cli;

/// <summary>Options that several commands share, spelled and described once.</summary>
internal static class CommonOptions
{
    private static readonly JsonSerializerOptions Layout = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    public static Option<string[]> Set() => new("--set")
    {
        Description = "Override a config value: a.b.c=value. May be given several times.",
        HelpName = "KEY=VALUE",
        AllowMultipleArgumentsPerToken = true,
        Arity = ArgumentArity.OneOrMore,
    };

    public static Option<string?> Json() => new("--json") { Description = "Write the result as JSON to this file.", HelpName = "FILE" };

    private const string CheckpointKinds = "A run folder (its latest checkpoint; the moving average where it keeps one, with :raw behind "
        + "it the weights themselves), a checkpoint folder, a .safetensors or .pt file, or an address: hf://owner/name[:file], https://...";

    public static Option<string> Checkpoint() => new("--checkpoint") { Description = CheckpointKinds, HelpName = "PATH", Required = true };

    public static Option<string[]> Checkpoints() => new("--checkpoint")
    {
        Description = $"One or several. {CheckpointKinds}",
        HelpName = "PATH",
        Required = true,
        AllowMultipleArgumentsPerToken = true,
        Arity = ArgumentArity.OneOrMore,
    };

    public static Argument<string> CheckpointArgument(string name) => new(name) { Description = CheckpointKinds };

    public static Argument<string[]> CheckpointArguments(string name)
        => new(name) { Description = CheckpointKinds, Arity = ArgumentArity.OneOrMore };

    public static Option<bool> IsolateDecoder()
        => new("--isolate-decoder") { Description = "Decode clips in child processes only: for files from strangers." };

    public static Option<int?> ImageSize() => new("--image-size")
    {
        Description = "Side of the model's input in pixels; position embeddings are interpolated. The checkpoint's own by default.",
        HelpName = "PIXELS",
    };

    public static Option<string> Device() => new("--device")
    {
        Description = "Where the model runs. auto | cpu | cuda | cuda:N",
        HelpName = "DEVICE",
        DefaultValueFactory = _ => DeviceKind.Auto,
    };

    public static Option<string?> Vocabulary() => new("--vocabulary")
    {
        Description = "The tokenizer's file or folder, where it is not beside the weights; PE_VOCAB by default.",
        HelpName = "PATH",
    };

    /// <summary>The local path of a checkpoint, fetched first where it is an address.</summary>
    public static string Locate(string checkpoint)
    {
        if (!RemoteAddress.IsRemote(checkpoint))
        {
            return checkpoint;
        }

        using var remote = new RemoteFiles(RemoteOptions.FromEnvironment());
        var shown = Stopwatch.StartNew();
        return remote.Fetch(
            checkpoint,
            progress =>
            {
                if (shown.Elapsed > TimeSpan.FromSeconds(Console.IsErrorRedirected ? 10 : 1))
                {
                    Console.Error.WriteLine($"{progress.File}: "
                        + $"{SizeText.Of(progress.Bytes)}{(progress.Total is { } total ? $" of {SizeText.Of(total)}" : "")}");
                    shown.Restart();
                }
            },
            StopSignals.Current.Token);
    }

    /// <summary>Writes a command's result for machines, where the user asked for it.</summary>
    public static void WriteJson<T>(string? path, T value, JsonSerializerOptions? layout = null)
    {
        if (path is not null)
        {
            AtomicFile.WriteAllText(
                path,
                Secrets.Conceal(JsonSerializer.SerializeToNode(value, layout ?? Layout))!.ToJsonString(layout ?? Layout) + "\n");
        }
    }

    /// <summary>Says which entry of a foreign training checkpoint was read, where there is one.</summary>
    public static void SayOrigin(string weights, string? origin)
    {
        if (origin is not null)
        {
            Console.Error.WriteLine($"{weights}: read from {origin}");
        }
    }

    /// <summary>As <see cref="Choice{T}"/>, without a value where the user gives none.</summary>
    public static Option<T?> OptionalChoice<T>(string name, string description)
        where T : struct, Enum
    {
        var names = Names(typeof(T));
        return new Option<T?>(name)
        {
            Description = $"{description} {string.Join(" | ", names)}",
            HelpName = "CHOICE",
            CustomParser = argument => Parse<T>(argument, name, names),
        };
    }

    public static Option<string> Data() => new("--data") { Description = "Folder of the data set.", HelpName = "DIR", Required = true };

    /// <summary>An option whose values are an enum's, written in lower-case snake_case as in configs.</summary>
    public static Option<T> Choice<T>(string name, string description, T preset)
        where T : struct, Enum
    {
        var names = Names(typeof(T));
        return new Option<T>(name)
        {
            Description = $"{description} {string.Join(" | ", names)}",
            HelpName = "CHOICE",
            DefaultValueFactory = _ => preset,
            CustomParser = argument => Parse<T>(argument, name, names),
        };
    }

    /// <summary>An option whose values are some names; the first where the user gives none.</summary>
    public static Option<string> Choice(string name, string description, IReadOnlyList<string> names) => new(name)
    {
        Description = $"{description} {string.Join(" | ", names)}",
        HelpName = "CHOICE",
        DefaultValueFactory = _ => names[0],
        CustomParser = argument
            => Known(argument, name, argument.Tokens.Count > 0 ? argument.Tokens[0].Value : "", names) is var index and >= 0
                ? names[index]
                : null,
    };

    /// <summary>An option that takes several of an enum's values.</summary>
    public static Option<T[]> Choices<T>(string name, string description, params T[] preset)
        where T : struct, Enum
    {
        var names = Names(typeof(T));
        return new Option<T[]>(name)
        {
            Description = $"{description} {string.Join(" | ", names)}",
            HelpName = "CHOICE...",
            AllowMultipleArgumentsPerToken = true,
            DefaultValueFactory = _ => preset,
            CustomParser = argument => [.. argument.Tokens.SelectMany(token => token.Value.Split(',')).Distinct()
                .Select(text => Parse<T>(argument, name, text, names))],
        };
    }

    // No dictionary by T: each would be compiled anew at every start, and help must answer at once.
    private static string[] Names(Type type) => [.. Enum.GetNames(type).Select(JsonNamingPolicy.SnakeCaseLower.ConvertName)];

    private static T Parse<T>(ArgumentResult argument, string name, string[] names)
        where T : struct, Enum
        => Parse<T>(argument, name, argument.Tokens.Count > 0 ? argument.Tokens[0].Value : "", names);

    private static T Parse<T>(ArgumentResult argument, string name, string text, string[] names)
        where T : struct, Enum
        => Known(argument, name, text, names) is var index and >= 0 ? Enum.GetValues<T>()[index] : default;

    /// <summary>Which of the names a text is; reports an error and is negative where it is none.</summary>
    private static int Known(ArgumentResult argument, string name, string text, IReadOnlyList<string> names)
    {
        for (var index = 0; index < names.Count; index++)
        {
            if (names[index] == text)
            {
                return index;
            }
        }

        argument.AddError($"{name} {text}: not one of {string.Join(", ", names)}");
        return -1;
    }
}
