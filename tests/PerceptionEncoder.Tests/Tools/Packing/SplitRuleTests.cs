using CsCheck;
using PerceptionEncoder.Tools.Packing;

namespace PerceptionEncoder.Tests.Tools.Packing;

public sealed class SplitRuleTests : IDisposable
{
    private readonly OwnData own = new();

    public void Dispose() => own.Dispose();

    [Fact]
    public void Rows_of_a_group_are_in_one_part_and_other_rows_move_none()
        => Gen.Select(Gen.String.Array[1, 40], Gen.String.Array[0, 40], Gen.ULong).Sample((groups, others, seed) =>
        {
            var splits = SplitShare.Parse("train=0.8,val=0.1,test=0.1");
            var before = groups.Select(new SplitRule(splits, seed).Of).ToArray();
            var rule = new SplitRule(splits, seed);
            _ = others.Select(rule.Of).ToArray();
            return before.SequenceEqual(groups.Reverse().Select(rule.Of).Reverse());
        });

    [Fact]
    public void Parts_have_their_shares_and_another_seed_divides_otherwise()
    {
        var splits = SplitShare.Parse("a=0.7,b=0.2,c=0.1");
        var names = Enumerable.Range(0, 10_000).Select(i => $"img/{i}.jpg").ToArray();
        var parts = names.Select(new SplitRule(splits, 1).Of).ToArray();
        Assert.InRange(parts.Count(part => part == "a"), 6_800, 7_200);
        Assert.InRange(parts.Count(part => part == "b"), 1_850, 2_150);
        Assert.InRange(parts.Count(part => part == "c"), 880, 1_120);
        Assert.NotEqual(parts, names.Select(new SplitRule(splits, 2).Of));
    }

    [Fact]
    public void Packing_keeps_groups_together_and_rows_where_they_were_when_some_are_added()
    {
        var lines = File.ReadAllLines(own.Table(40));
        var options = new PackOptions
        {
            Input = own.Text("few.csv", lines[..31]),
            Output = own.At("few"),
            Splits = SplitShare.Parse("train=0.5,test=0.5"),
        };
        var few = own.Pack(options);
        Assert.Equal(2, few.Splits.Count);
        own.Pack(options with { Input = own.Text("more.csv", [lines[0], .. lines[1..].Reverse()]), Output = own.At("more") });
        foreach (var part in new[] { "train", "test" })
        {
            Assert.Subset(OwnData.Keys(own.At($"more/{part}")).ToHashSet(), OwnData.Keys(own.At($"few/{part}")).ToHashSet());
        }

        own.Pack(options with { Output = own.At("groups"), GroupColumn = "who", Seed = 3 });
        var places = Directory.GetDirectories(own.At("groups")).SelectMany(part => OwnData.Samples(part)
            .Select(sample => (Who: sample[sample.IndexOf("person", StringComparison.Ordinal)..][..8], Part: part))).Distinct().ToArray();
        Assert.Equal(["person 0", "person 1", "person 2"], places.Select(place => place.Who).Order());
    }

    [Fact]
    public void A_column_may_name_the_parts()
    {
        own.Picture("a.jpg");
        own.Picture("b.jpg");
        var table = own.Text("t.csv", "path,part", "a.jpg,train", "b.jpg,held out", "a.jpg,");
        var summary = own.Pack(new PackOptions { Input = table, Output = own.At("out"), SplitColumn = "part", BadLimit = 0.5 });
        Assert.Equal(["held out", "train"], summary.Splits.Select(split => split.Name));
        Assert.Equal("empty split", Assert.Single(summary.BadByReason).Key);
    }

    [Theory]
    [InlineData("train=0.9,test=0.2", "the shares make 1.1, not 1")]
    [InlineData("train=0.5,train=0.5", "names train twice")]
    [InlineData("train", "'train' is no NAME=SHARE")]
    [InlineData("train=0.9,../x=0.1", "must be a plain folder name")]
    [InlineData("train=90,test=10", "'train=90' is no NAME=SHARE")]
    public void Shares_that_are_none_are_one_line(string text, string message)
        => Assert.Contains(message, Assert.Throws<UserErrorException>(() => SplitShare.Parse(text)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("5000", 5000, long.MaxValue)]
    [InlineData("256MB", long.MaxValue, 256_000_000)]
    [InlineData("1 GiB", long.MaxValue, 1L << 30)]
    [InlineData("10b", long.MaxValue, 10)]
    public void A_size_is_samples_or_bytes(string text, long samples, long bytes)
        => Assert.Equal(new ShardSize(samples, bytes), ShardSize.Parse(text));

    [Theory]
    [InlineData("0")]
    [InlineData("-5")]
    [InlineData("many")]
    [InlineData("99999999999999999GB")]
    public void A_size_that_is_none_is_one_line(string text)
        => Assert.StartsWith(
            $"shard size '{text}'",
            Assert.Throws<UserErrorException>(() => ShardSize.Parse(text)).Message,
            StringComparison.Ordinal);
}
