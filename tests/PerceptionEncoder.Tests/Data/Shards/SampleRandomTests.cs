using CsCheck;
using PerceptionEncoder.Data.Shards;

namespace PerceptionEncoder.Tests.Data.Shards;

public class SampleRandomTests
{
    [Fact]
    public void The_generator_gives_the_published_numbers_of_SplitMix64()
    {
        var random = new SampleRandom(1234567);
        ulong[] expected = [6457827717110365317, 3203168211198807973, 9817491932198370423, 4593380528125082431, 16408922859458223821];
        Assert.Equal(expected, expected.Select(_ => random.Next()));
    }

    [Fact]
    public void Shuffling_keeps_every_item()
        => Gen.Select(Gen.ULong, Gen.Int[0, 200]).Sample((seed, count) =>
        {
            var items = Enumerable.Range(0, count).ToArray();
            new SampleRandom(seed).Shuffle<int>(items);
            Assert.Equal(Enumerable.Range(0, count), items.Order());
        });

    [Fact]
    public void All_orders_of_three_are_about_equally_frequent()
    {
        var counts = new Dictionary<string, int>();
        for (var seed = 0UL; seed < 6000; seed++)
        {
            var items = "abc".ToCharArray();
            new SampleRandom(SampleRandom.Mix(seed)).Shuffle<char>(items);
            counts[new string(items)] = counts.GetValueOrDefault(new string(items)) + 1;
        }

        // 1,000 expected each; five standard deviations are 144.
        Assert.Equal(6, counts.Count);
        Assert.All(counts.Values, count => Assert.InRange(count, 856, 1144));
    }

    [Fact]
    public void Hashes_depend_on_every_counter_and_its_place()
    {
        var hashes = from a in Enumerable.Range(0, 20)
            from b in Enumerable.Range(0, 20)
            from c in Enumerable.Range(0, 20)
            select SampleRandom.Mix((ulong)a, (ulong)b, (ulong)c);
        Assert.Equal(8000, hashes.Distinct().Count());
        Assert.NotEqual(SampleRandom.Mix(0), SampleRandom.Mix(0, 0));
    }
}
