using System.Text.RegularExpressions;
using PerceptionEncoder.Data.Items;

namespace PerceptionEncoder.Evaluation.Sets;

/// <summary>Names of classes made of the names of their folders, where nobody has written any.</summary>
internal static partial class FolderNames
{
    /// <summary>Whether folders are named in words: neither numbers nor WordNet ids, which say nothing to a text tower.</summary>
    public static bool AreWords(IReadOnlyList<string> folders)
        => !folders.All(ImageFolder.IsNumber) && !folders.All(WordNetIds.IsId);

    /// <summary>Words apart: underscores become blanks, and a capital begins a word.</summary>
    public static IReadOnlyList<string> Of(IEnumerable<string> folders)
        => [.. folders.Select(folder => WordStart().Replace(folder.Replace('_', ' '), " "))];

    // ApplyEyeMakeup
    [GeneratedRegex("(?<=[a-z])(?=[A-Z])")]
    private static partial Regex WordStart();
}
