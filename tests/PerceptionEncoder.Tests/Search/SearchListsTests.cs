using PerceptionEncoder.Search;
using PerceptionEncoder.Tests.Serialization.Features;

namespace PerceptionEncoder.Tests.Search;

public sealed class SearchListsTests : IDisposable
{
    private readonly FeatureFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void All_lists_together_give_the_exact_answer_and_few_most_of_it()
    {
        var rows = BruteForce.Clouds(3000, 24, 30, 1);
        using var index = SearchIndexTests.Index(rows);
        index.Cluster(new SearchListOptions { Lists = 30 });
        Assert.Equal(30, index.Lists);
        var queries = BruteForce.Clouds(20, 24, 30, 1);
        Assert.Equal(SearchIndexTests.Find(index, queries, 10), SearchIndexTests.Find(index, queries, 10, probe: 30));
        Assert.Equal(1, index.MeasureRecall(10, 100, probe: 30));
        var (one, four) = (index.MeasureRecall(10, 200, probe: 1), index.MeasureRecall(10, 200, probe: 4));
        Assert.InRange(one, 0.4, 0.999);
        Assert.InRange(four, one, 1);
        Assert.True(four > 0.85, $"{four}");
    }

    [Fact]
    public void The_same_seed_gives_the_same_lists_and_another_seed_others()
    {
        var rows = BruteForce.Rows(800, 12, 3);
        byte[] Lists(int seed)
        {
            using var index = SearchIndexTests.Index(rows);
            index.Cluster(new SearchListOptions { Lists = 20, SamplePerList = 10, Seed = seed });
            index.SaveLists(folder.PathOf("lists"));
            return File.ReadAllBytes(folder.PathOf("lists"));
        }

        var first = Lists(1);
        Assert.Equal(first, Lists(1));
        Assert.NotEqual(first, Lists(2));
    }

    [Fact]
    public void Saved_lists_find_the_same_and_are_refused_for_other_rows()
    {
        var rows = BruteForce.Clouds(600, 16, 8, 5);
        using var index = SearchIndexTests.Index(rows);
        index.Cluster(new SearchListOptions { Lists = 8 });
        var path = folder.PathOf("lists.safetensors");
        index.SaveLists(path);
        using var again = SearchIndexTests.Index(rows);
        again.LoadLists(path);
        Assert.Equal(SearchIndexTests.Find(index, rows[..9], 7, probe: 2), SearchIndexTests.Find(again, rows[..9], 7, probe: 2));

        rows[0][0] += 1;
        using var other = SearchIndexTests.Index(rows);
        var refusal = Assert.Throws<UserErrorException>(() => other.LoadLists(path));
        Assert.Contains("other features", refusal.Message, StringComparison.Ordinal);
        Assert.Single(refusal.Lines);
    }

    [Fact]
    public void Rows_added_after_the_lists_were_made_are_found_too()
    {
        var rows = BruteForce.Clouds(500, 16, 5, 9);
        using var index = SearchIndexTests.Index(rows);
        index.Cluster(new SearchListOptions { Lists = 5 });
        var added = BruteForce.Rows(1, 16, 100)[0];
        index.Add("late", added);
        var hits = index.Find(added, 100, probe: 1);
        Assert.Equal(("late", 1f), (hits[0].Id, hits[0].Score));
        Assert.Equal(hits.Count, hits.Select(hit => hit.Row).Distinct().Count());
        Assert.Throws<InvalidOperationException>(() => index.SaveLists(folder.PathOf("lists")));
    }

    [Fact]
    public void Equal_rows_and_rows_that_are_not_finite_can_be_sorted()
    {
        var rows = Enumerable.Repeat(new float[] { 1, 2, 3 }, 50).Append([float.NaN, 0, 0]).Append([0, 0, 0]).ToArray();
        using var index = SearchIndexTests.Index(rows);
        index.Cluster(new SearchListOptions { Lists = 10 });
        Assert.Equal([0, 1, 2], index.Find([1, 2, 3], 3, probe: 10).Select(hit => hit.Row));
        Assert.InRange(index.MeasureRecall(5, 52, probe: 10), 0.99, 1);
    }
}
