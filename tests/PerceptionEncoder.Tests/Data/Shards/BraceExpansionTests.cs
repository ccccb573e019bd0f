using CsCheck;
using PerceptionEncoder.Data.Shards;

namespace PerceptionEncoder.Tests.Data.Shards;

public class BraceExpansionTests
{
    [Theory]
    [InlineData("plain.tar", "plain.tar")]
    [InlineData("{00000..00002}.tar", "00000.tar 00001.tar 00002.tar")]
    [InlineData("{8..11}", "8 9 10 11")]
    [InlineData("{08..11}", "08 09 10 11")]
    [InlineData("{0..2}", "0 1 2")]
    [InlineData("{5..5}", "5")]
    [InlineData("x{a,b}y", "xay xby")]
    [InlineData("{a,}.tar", "a.tar .tar")]
    [InlineData("{a,b}/{0..1}.tar", "a/0.tar a/1.tar b/0.tar b/1.tar")]
    public void Patterns_expand_as_in_a_shell(string pattern, string expected)
        => Assert.Equal(expected.Split(' '), BraceExpansion.Expand(pattern));

    [Theory]
    [InlineData("{0..")]
    [InlineData("0..4}")]
    [InlineData("{a,{b,c}}")]
    [InlineData("{}")]
    [InlineData("{a}")]
    [InlineData("{0..}")]
    [InlineData("{a..c}")]
    [InlineData("{-1..3}")]
    [InlineData("{0..10..2}")]
    [InlineData("{4..0}")]
    [InlineData("{0..99999999999999999999}")]
    [InlineData("{0..99999999999}")]
    [InlineData("{0..99999}{0..99999}")]
    public void Malformed_patterns_are_errors_that_name_the_pattern(string pattern)
    {
        var error = Assert.Throws<UserErrorException>(() => BraceExpansion.Expand(pattern));
        Assert.Contains($"'{pattern}'", error.Message);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Fact]
    public void A_padded_range_has_all_its_numbers_in_order_and_of_one_width()
        => Gen.Select(Gen.Int[0, 300], Gen.Int[0, 300], Gen.Int[4, 6]).Sample((first, count, width) =>
        {
            var format = $"D{width}";
            var expanded = BraceExpansion.Expand($"{{{first.ToString(format)}..{(first + count).ToString(format)}}}");
            Assert.Equal(Enumerable.Range(first, count + 1), expanded.Select(int.Parse));
            Assert.All(expanded, number => Assert.Equal(width, number.Length));
        });
}
