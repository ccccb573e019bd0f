using System.Text.RegularExpressions;

namespace PerceptionEncoder.Tests;

/// <summary>One source file: its path from <c>src/</c> with forward slashes, and its text.</summary>
public sealed record SourceFile(string Path, string Text);

/// <summary>The house of the architecture page as rules on source files: which room may name which.</summary>
public static partial class ArchitectureRules
{
    public const int MaximumLines = 300;
    public const int MaximumColumns = 140;

    private const string Library = "PerceptionEncoder/";
    private const string CommandLine = "PerceptionEncoder.Cli/";
    private const string Review = "PerceptionEncoder.Review/";

    private static readonly Dictionary<string, int> Floors = new()
    {
        ["Tensors"] = 0, // of the first floor, and what its other rooms stand on: files and collectives move tensor memory
        ["Configuration"] = 1, ["Serialization"] = 1, ["Distributed"] = 1, ["Media"] = 1,
        ["Models"] = 2, ["Losses"] = 2, ["Optimization"] = 2, ["Data"] = 2, ["Tokenization"] = 2, ["Presentation"] = 2,
        ["Search"] = 2,
        ["Training"] = 3, ["Inference"] = 3,
        ["Objectives"] = 4, ["Evaluation"] = 4,
        ["Recipes"] = 5,
        ["Tools"] = 6, // of the fifth floor, and above its other room: an ablation runs recipes
        ["Review"] = 7, // of the sixth floor, as the next, which starts it
        ["Cli"] = 8,
    };

    /// <summary>A model, and who may name it: its family, and what trains, uses or measures it. All else asks the family.</summary>
    private static readonly (string Model, string[] Places)[] ModelsAndPlaces =
    [
        ("ClipModel", ["Models/Clip/", "Inference/", "Objectives/", "Recipes/", "Evaluation/"]),
    ];

    private static readonly HashSet<string> RoomsWithNativeHandles = ["", "Media", "Distributed", "Tensors"];   // the root opens files

    /// <summary>Folders of the evaluation room that stand beside each other: what two of them need lies in the harness.</summary>
    private static readonly string[] Families =
    [
        "ZeroShot", "Retrieval", "Probes", "Layers", "QuestionAnswering",
        "Dense/Tracking", "Dense/Segmentation", "Dense/Depth", "Dense/Correspondence", "Dense/Detection",
    ];

    /// <summary>Everything in which the files break the rules, one line each; empty where they keep them.</summary>
    public static IReadOnlyList<string> Violations(IReadOnlyCollection<SourceFile> files)
    {
        var recipes = Recipes(files);
        return [.. files.SelectMany(file => Violations(file, recipes).Select(violation => $"{file.Path}: {violation}")), .. Circles(files)];
    }

    /// <summary>Models that a rule is about and files name.</summary>
    public static string[] NamedModels(IReadOnlyCollection<SourceFile> files)
        => [.. ModelsAndPlaces.Select(entry => entry.Model)
            .Where(model => files.Any(file => Names(Comment().Replace(file.Text, ""), model)))];

    /// <summary>Recipes by name: what has a config record beside it.</summary>
    public static string[] Recipes(IReadOnlyCollection<SourceFile> files)
    {
        var names = files.Where(file => RoomOf(file) == "Recipes").Select(file => Path.GetFileNameWithoutExtension(file.Path)).ToHashSet();
        return [.. names.Where(name => names.Contains($"{name}Config"))];
    }

    /// <summary>Folders that reach each other through what they import, a line for each folder on a circle.</summary>
    private static IEnumerable<string> Circles(IReadOnlyCollection<SourceFile> files)
    {
        var inside = files.Where(file => file.Path.StartsWith(Library, StringComparison.Ordinal)).ToArray();
        var folders = inside.Select(FolderOf).ToHashSet();
        var types = inside.ToLookup(file => Path.GetFileNameWithoutExtension(file.Path), FolderOf);
        var imports = inside.GroupBy(FolderOf)
            .ToDictionary(group => group.Key, group => group.SelectMany(file => Imports(file, folders, types)).ToHashSet());
        foreach (var folder in folders.Order())
        {
            HashSet<string> reached = [];
            Stack<string> open = new(imports[folder]);
            while (open.TryPop(out var next))
            {
                if (reached.Add(next))
                {
                    imports[next].ToList().ForEach(open.Push);
                }
            }

            if (reached.Contains(folder))
            {
                yield return $"{folder} is on a circle with "
                    + $"{string.Join(", ", reached.Where(other => other != folder && Reaches(other, folder, imports)).Order())}";
            }
        }
    }

    private static bool Reaches(string from, string to, Dictionary<string, HashSet<string>> imports)
    {
        HashSet<string> reached = [];
        Stack<string> open = new([from]);
        while (open.TryPop(out var next))
        {
            foreach (var other in imports[next].Where(reached.Add))
            {
                open.Push(other);
            }
        }

        return reached.Contains(to);
    }

    /// <summary>Folders named by using lines and qualified names, and those above whose types a file sees without.</summary>
    private static IEnumerable<string> Imports(SourceFile file, HashSet<string> folders, ILookup<string, string> types)
    {
        var (own, code) = (FolderOf(file), Namespace().Replace(Comment().Replace(file.Text, ""), ""));
        foreach (Match match in QualifiedName().Matches(code))
        {
            var named = match.Value.Replace("global::", "", StringComparison.Ordinal);
            while (named.Contains('.', StringComparison.Ordinal) && !folders.Contains(named))
            {
                named = named[..named.LastIndexOf('.')];
            }

            if (folders.Contains(named) && named != own && named != "PerceptionEncoder")
            {
                yield return named;
            }
        }

        foreach (var word in Word().Matches(code).Select(match => match.Value).Distinct())
        {
            foreach (var above in types[word].Where(
                folder => folder != "PerceptionEncoder" && own.StartsWith($"{folder}.", StringComparison.Ordinal)))
            {
                yield return above;
            }
        }
    }

    private static string FolderOf(SourceFile file) => Path.GetDirectoryName(file.Path)!.Replace('/', '.');

    private static IEnumerable<string> Violations(SourceFile file, string[] recipes)
    {
        var code = Comment().Replace(file.Text, "");
        var room = RoomOf(file);
        if (room != "" && !Floors.ContainsKey(room))
        {
            yield return $"{room} is no room of the house";
            yield break;
        }

        var lines = file.Text.TrimEnd('\n').Count(character => character == '\n') + 1;
        if (lines >= MaximumLines)
        {
            yield return $"{lines} lines, the limit is below {MaximumLines}";
        }

        foreach (var (number, line) in file.Text.Split('\n').Index().Where(line => line.Item.Length > MaximumColumns))
        {
            yield return $"line {number + 1} has {line.Length} columns, the limit is {MaximumColumns}";
        }

        foreach (Match match in Namespace().Matches(code))
        {
            var folder = Path.GetDirectoryName(file.Path)!.Replace('/', '.');
            if (match.Groups[1].Value != folder)
            {
                yield return $"namespace {match.Groups[1].Value} does not mirror the folder {folder}";
            }
        }

        foreach (var named in RoomName().Matches(Namespace().Replace(code, ""))
            .Select(match => match.Groups[1].Value)
            .Where(Floors.ContainsKey).Distinct())
        {
            if (named != room && (room == "" || Floors[named] >= Floors[room]))
            {
                yield return $"{(room == "" ? "the root" : room)} must not import {named}";
            }
        }

        if (Array.Find(Families, family => file.Path.StartsWith($"{Library}Evaluation/{family}/", StringComparison.Ordinal)) is { } own)
        {
            foreach (var other in Families.Where(
                other => other != own
                    && Regex.IsMatch(code, $@"\bPerceptionEncoder\.Evaluation\.{other.Replace("/", @"\.", StringComparison.Ordinal)}\b")))
            {
                yield return $"{own} must not import {other}: what both need belongs in the harness";
            }
        }

        if (NativeImport().IsMatch(code) && !RoomsWithNativeHandles.Contains(room))
        {
            yield return $"native handles belong in {string.Join(", ", RoomsWithNativeHandles.Where(name => name != ""))}";
        }

        if (room is "Cli" or "Review" && code.Contains("TorchSharp", StringComparison.Ordinal))
        {
            yield return "no tensors on the top floor";
        }

        foreach (var (model, places) in ModelsAndPlaces.Where(entry => Names(code, entry.Model)
            && !entry.Places.Any(place => file.Path.StartsWith(Library + place, StringComparison.Ordinal))))
        {
            yield return $"{model} is for {string.Join(", ", places)}; ask its family";
        }

        var self = Path.GetFileNameWithoutExtension(file.Path);
        foreach (var recipe in room == "Recipes" ? recipes.Where(recipe => recipe != self && Names(code, recipe)) : [])
        {
            yield return $"a recipe must not import the recipe {recipe}";
        }
    }

    private static bool Names(string code, string type) => Regex.IsMatch(code, $@"\b{type}\b");

    /// <summary>The folder right below the project; empty for files beside the project file.</summary>
    private static string RoomOf(SourceFile file)
    {
        if (file.Path.StartsWith(CommandLine, StringComparison.Ordinal))
        {
            return "Cli";
        }

        if (file.Path.StartsWith(Review, StringComparison.Ordinal))
        {
            return "Review";
        }

        var inside = file.Path[Library.Length..];
        var end = inside.IndexOf('/', StringComparison.Ordinal);
        return end < 0 ? "" : inside[..end];
    }

    [GeneratedRegex(@"//.*$", RegexOptions.Multiline)]
    private static partial Regex Comment();

    [GeneratedRegex(@"^\s*namespace\s+([\w.]+)", RegexOptions.Multiline)]
    private static partial Regex Namespace();

    /// <summary>In using lines of every kind and in qualified names.</summary>
    [GeneratedRegex(@"(?<![\w.])(?:global::)?PerceptionEncoder\.(\w+)")]
    private static partial Regex RoomName();

    [GeneratedRegex(@"(?<![\w.])(?:global::)?PerceptionEncoder(?:\.\w+)+")]
    private static partial Regex QualifiedName();

    [GeneratedRegex(@"\b[A-Z]\w+\b")]
    private static partial Regex Word();

    [GeneratedRegex(@"\b(DllImport|LibraryImport|NativeLibrary)\b")]
    private static partial Regex NativeImport();
}
