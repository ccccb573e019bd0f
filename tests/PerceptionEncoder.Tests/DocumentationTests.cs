using System.Text.RegularExpressions;

namespace PerceptionEncoder.Tests;

/// <summary>The pages lead where they say.</summary>
public sealed partial class DocumentationTests
{
    private static string[] Pages { get; } =
    [
        .. Directory.GetFiles(RepositoryPaths.Root, "*.md"),
        .. Directory.GetFiles(Path.Combine(RepositoryPaths.Root, "docs"), "*.md"),
    ];

    [Fact]
    public void Every_link_between_pages_leads_to_a_file_and_a_heading()
    {
        var links = Pages
            .SelectMany(page => Link().Matches(File.ReadAllText(page)).Select(link => (Page: page, Target: link.Groups[1].Value)))
            .Where(link => !link.Target.Contains(':', StringComparison.Ordinal))
            .ToArray();
        Assert.InRange(links.Length, 30, 1000);
        var lost = links.Where(link => !Leads(link.Page, link.Target)).ToArray();
        Assert.True(lost.Length == 0, string.Join('\n', lost));
    }

    [Fact]
    public void The_readme_lists_every_page()
    {
        var readme = File.ReadAllText(Path.Combine(RepositoryPaths.Root, "README.md"));
        Assert.All(
            Directory.GetFiles(Path.Combine(RepositoryPaths.Root, "docs"), "*.md"),
            page => Assert.Contains($"(docs/{Path.GetFileName(page)})", readme, StringComparison.Ordinal));
    }

    private static bool Leads(string page, string target)
    {
        var parts = target.Split('#');
        var file = parts[0].Length == 0 ? page : Path.Combine(Path.GetDirectoryName(page)!, parts[0]);
        return (File.Exists(file) || Directory.Exists(file))
            && (parts.Length == 1 || Heading().Matches(File.ReadAllText(file)).Any(heading => Anchor(heading.Groups[1].Value) == parts[1]));
    }

    /// <summary>As hosts of repositories make them.</summary>
    private static string Anchor(string heading) => NoAnchor().Replace(heading.ToLowerInvariant(), "").Replace(' ', '-');

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex("^#+ (.+)$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex(@"[^\w\- ]")]
    private static partial Regex NoAnchor();
}
