namespace PerceptionEncoder.Tests;

/// <summary>The lists of scripts/mutation.sh, which continuous integration does not run, must not fall behind the code.</summary>
public sealed class MutationListTests
{
    public static TheoryData<string> Lists
        => [.. Directory.GetFiles(Folder, "*.txt").Select(path => Path.GetFileNameWithoutExtension(path)).Order()];

    private static string Folder => Path.Combine(RepositoryPaths.Root, "tests", "mutations");

    [Theory]
    [MemberData(nameof(Lists))]
    public void Each_mistake_replaces_a_text_that_stands_once_in_its_file(string list)
    {
        var (name, file, from) = ("", "", "");
        var mistakes = 0;
        foreach (var line in File.ReadLines(Path.Combine(Folder, $"{list}.txt")))
        {
            var text = line.Length > 2 ? line[2..] : "";
            if (line.StartsWith('['))
            {
                name = line;
            }
            else if (line.StartsWith("file ", StringComparison.Ordinal))
            {
                file = File.ReadAllText(Path.Combine(RepositoryPaths.Root, line["file ".Length..]));
            }
            else if (line.StartsWith('-'))
            {
                from = text;
                Assert.True(
                    file.Split(text).Length == 2,
                    $"{list}: {name}: '{text}' stands {file.Split(text).Length - 1} times in its file");
            }
            else if (line.StartsWith('+'))
            {
                Assert.NotEqual(from, text);
                mistakes++;
            }
        }

        Assert.True(mistakes > 0, $"{list} is empty");
    }
}
