using System.Text.RegularExpressions;

namespace PerceptionEncoder.Cli.Tests;

/// <summary>What the pages and the shipped configs tell people to type is there to be typed.</summary>
public sealed partial class DocumentedCommandsTests
{
    private readonly Dictionary<string, string> helps = new(StringComparer.Ordinal);

    [Fact]
    public void Every_command_and_option_of_the_pages_and_configs_exists()
    {
        string[] files =
        [
            Path.Combine(Repository.Root, "README.md"),
            .. Directory.GetFiles(Path.Combine(Repository.Root, "docs"), "*.md"),
            .. Directory.GetFiles(Path.Combine(Repository.Root, "configs"), "*.yaml", SearchOption.AllDirectories),
        ];
        var commands = files
            .SelectMany(file => Commands(file).Select(command => (File: Path.GetFileName(file), Command: command)))
            .ToArray();
        Assert.InRange(commands.Length, 60, 1000);
        var wrong = commands.Select(entry => (entry.File, entry.Command, Wrong: Wrong(entry.Command)))
            .Where(entry => entry.Wrong is not null)
            .ToArray();
        Assert.True(wrong.Length == 0, string.Join('\n', wrong));
    }

    [Fact]
    public void The_page_of_config_keys_is_what_the_records_say()
    {
        var (code, output, error) = PeProcess.Run("config", "reference");
        Assert.True(code == 0, error);
        Assert.True(
            output == File.ReadAllText(Path.Combine(Repository.Root, "docs/config.md")),
            "docs/config.md is not current: pe config reference > docs/config.md");
    }

    /// <summary>Lines of code that begin with <c>pe</c>, those they are continued on included, without remarks.</summary>
    private static IEnumerable<string> Commands(string file)
        => Command().Matches(File.ReadAllText(file).Replace("\\\n", " ", StringComparison.Ordinal))
            .Select(match => Remark().Replace(match.Groups[1].Value, ""));

    /// <summary>What of a command is not there; null where all is.</summary>
    private string? Wrong(string command)
    {
        var words = command.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var path = new List<string>();
        foreach (var word in words.Skip(1).TakeWhile(word => CommandName().IsMatch(word)))
        {
            if (!Regex.IsMatch(Help(path), $@"^  {Regex.Escape(word)}( |$)", RegexOptions.Multiline))
            {
                break;
            }

            path.Add(word);
        }

        var help = Help(path);
        return help.Contains("\nCommands:\n", StringComparison.Ordinal) && words.ElementAtOrDefault(path.Count + 1) is { } next
            && !next.StartsWith('-') ? next
            : words.Where(word => word.StartsWith("--", StringComparison.Ordinal))
                .Select(word => word.Split('=')[0].TrimEnd(','))
                .FirstOrDefault(option => !Regex.IsMatch(help, $@"{Regex.Escape(option)}\b"));
    }

    private string Help(IReadOnlyCollection<string> path)
    {
        var name = string.Join(' ', path);
        if (!helps.TryGetValue(name, out var help))
        {
            var (code, output, error) = PeProcess.Run([.. path, "--help"]);
            Assert.True(code == 0, error);
            helps[name] = help = output;
        }

        return help;
    }

    [GeneratedRegex(@"^(?:    +|#   |# and )(pe [^\n`|]+)", RegexOptions.Multiline)]
    private static partial Regex Command();

    [GeneratedRegex(@"\s+#.*$")]
    private static partial Regex Remark();

    [GeneratedRegex("^[a-z][a-z-]*$")]
    private static partial Regex CommandName();
}
