using System.Text.Json;
using PerceptionEncoder.Configuration;
using PerceptionEncoder.Data.Items;

namespace PerceptionEncoder.Evaluation.Sets;

/// <summary>
/// Class names and templates of a set: from the file or folder that is named in its options, from its own folder, from ImageNet's folder
/// beside it where it is one of ImageNet's kind, or from the folder that <see cref="Variable"/> names, whichever has them first.
/// </summary>
internal static class PromptFiles
{
    /// <summary>Environment variable that names a folder of prompts.</summary>
    public const string Variable = "PE_PROMPTS";

    private const string ClassNamesJson = "en_classnames.json";
    private const string TemplatesJson = "en_zeroshot_classification_templates.json";

    /// <summary>The folder that <see cref="Variable"/> names; null where it names none.</summary>
    public static string? Default => Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } folder ? folder : null;

    /// <summary>Names by label, and the file they are from; null where there are none.</summary>
    /// <param name="set">The set.</param>
    /// <param name="own">Whether only a file in the options and the set's own folder count: labels of shards are numbered by the names
    /// beside them.</param>
    /// <exception cref="UserErrorException">A file is damaged.</exception>
    public static (IReadOnlyList<string> Lines, string File)? ClassNames(EvaluationSetOptions set, bool own)
        => Places(set, own)
            .Select(place => Read(
                place,
                set,
                ClipBenchmarkFolder.ClassNamesFile,
                ClipBenchmarkFolder.ReadNames,
                ClassNamesJson,
                prompts => prompts.ClassNames))
            .FirstOrDefault(found => found is not null);

    /// <summary>Prompt templates, each with <see cref="ClipBenchmarkFolder.ClassPlaceholder"/>.</summary>
    /// <param name="set">The set.</param>
    /// <param name="orPlain">Whether <see cref="ClipBenchmarkFolder.PlainTemplate"/> stands in where there are none.</param>
    /// <exception cref="UserErrorException">There are none, or a file is damaged.</exception>
    public static IReadOnlyList<string> Templates(EvaluationSetOptions set, bool orPlain)
    {
        var found = Places(set, own: false)
            .Select(place => Read(
                place,
                set,
                ClipBenchmarkFolder.TemplatesFile,
                ClipBenchmarkFolder.ReadLines,
                TemplatesJson,
                prompts => prompts.Templates))
            .FirstOrDefault(found => found is not null);
        return found is { } templates
            ? ClipBenchmarkFolder.CheckTemplates(templates.Lines, templates.File)
            : orPlain ? [ClipBenchmarkFolder.PlainTemplate]
            : throw new UserErrorException($"{Path.Combine(set.Data, ClipBenchmarkFolder.TemplatesFile)} does not exist; "
                + $"write one prompt a line with {ClipBenchmarkFolder.ClassPlaceholder} for the class name, name a prompt file, "
                + $"or set {Variable} to a folder with CLIP-benchmark's {TemplatesJson}.");
    }

    private static IEnumerable<string> Places(EvaluationSetOptions set, bool own)
    {
        var above = Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(set.Data))) ?? "/";
        var beside = NamedSet.Find(set.Name) is null ? [] : NamedSet.ImageNet.Folders.Select(name => Path.Combine(above, name));
        string?[] first = [own && Directory.Exists(set.Prompts) ? null : set.Prompts, set.Data];
        return first.Concat(own ? [] : beside.Append(Default)).OfType<string>();
    }

    private static (IReadOnlyList<string> Lines, string File)? Read(
        string place, EvaluationSetOptions set, string text, Func<string, string[]> readText, string json,
        Func<PromptOptions, IReadOnlyList<string>?> config)
    {
        if (!Directory.Exists(place))
        {
            return place == set.Prompts && config(ConfigLoader.Load<PromptOptions>(place).Value) is { Count: > 0 } lines
                ? (lines, place)
                : null;
        }

        var (plain, keyed) = (Path.Combine(place, text), Path.Combine(place, json));
        return File.Exists(plain) ? (readText(plain), plain)
            : File.Exists(keyed) && ReadJson(keyed, NamedSet.Find(set.Name) is null ? set.Name : NamedSet.PromptKey) is { } entries
                ? (entries, keyed)
            : null;
    }

    /// <summary>One set's entry of a file of CLIP-benchmark; null where it has none.</summary>
    private static string[]? ReadJson(string path, string key)
    {
        try
        {
            using var document = UserJson.Parse(UserText.Read(path));
            return !document.RootElement.TryGetProperty(key, out var entry) ? null
                : entry.ValueKind == JsonValueKind.Array && entry.EnumerateArray().All(item => item.ValueKind == JsonValueKind.String)
                    ? [.. entry.EnumerateArray().Select(item => item.GetString()!)]
                : throw new UserErrorException($"{path}: {key} is no list of texts. Use prompts that are the same for all classes.");
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException)
        {
            throw new UserErrorException(
                $"{path}: cannot be read as a table of sets ({failure.Message.ReplaceLineEndings(" ")}). Take CLIP-benchmark's file.",
                failure);
        }
    }
}
