using System.ComponentModel.DataAnnotations;
using PerceptionEncoder.Configuration;

namespace PerceptionEncoder.Tests.Configuration;

public class FolderNameTests
{
    [Theory]
    [InlineData("first", true)]
    [InlineData("run.2 (b=1) größer", true)]
    [InlineData("...", true)]
    [InlineData(".hidden", true)]
    [InlineData("\U0001F600", true)]
    [InlineData(".", false)]
    [InlineData("..", false)]
    [InlineData("a/b", false)]
    [InlineData("../a", false)]
    [InlineData("a\\b", false)]
    [InlineData(" a", false)]
    [InlineData("a ", false)]
    [InlineData(" ", false)]
    [InlineData("a\n", false)]
    [InlineData("..\n", false)]
    [InlineData("a\u001b[2J", false)]
    [InlineData("a\u0000", false)]
    [InlineData("a\u202etxt", false)]
    [InlineData("a\u2028b", false)]
    [InlineData(".pe-incomplete-a", false)]
    public void A_run_is_named_by_a_plain_and_visible_folder_name(string name, bool isValid)
        => Assert.Equal(isValid, new RegularExpressionAttribute(FolderName.Pattern).IsValid(name));
}
