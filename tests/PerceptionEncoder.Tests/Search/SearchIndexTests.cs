using CsCheck;
using PerceptionEncoder.Search;
using PerceptionEncoder.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tests.Search;

public class SearchIndexTests
{
    /// <summary>Few enough values that many rows have equal cosines.</summary>
    private static readonly Gen<float> Number = Gen.Int[-4, 4].Select(number => number / 4f);

    [Fact]
    public void Rows_and_their_order_are_those_of_plain_arithmetic_in_double()
        => Gen.Select(Gen.Int[1, 9], Gen.Int[1, 12], Gen.Int[1, 40]).SelectMany(size => Gen.Select(
            Number.Array[size.Item1].Array[1, 200],
            Number.Array[size.Item1].Array[size.Item2],
            Gen.Const(size.Item3))).Sample(
            (rows, queries, count) =>
            {
                using var index = Index(rows);
                var found = Find(index, queries, count);
                for (var q = 0; q < queries.Length; q++)
                {
                    Same(BruteForce.Find(rows, queries[q], count), found[q]);
                }
            },
            iter: 200);

    [Fact]
    public void Equal_rows_come_in_their_order_wherever_they_lie()
    {
        // Three blocks, of 8,192 rows of this length.
        float[] one = BruteForce.Rows(1, 256, 3)[0];
        using var index = new SearchIndex(256, ElementType.Fp16);
        using var last = tensor(one).unsqueeze(0);
        using var rows = last.expand(4096, 256);
        for (var i = 0; i < 5; i++)
        {
            index.Add([.. Enumerable.Range(0, 4096).Select(row => $"{i}/{row}")], rows);
        }

        var hits = index.Find(one, 40);
        Assert.Equal(Enumerable.Range(0, 40), hits.Select(hit => hit.Row));
        Assert.Single(hits.Select(hit => hit.Score).Distinct());
        Assert.Equal(["4/3", "4/17"], index.FindEach(last, 9, index.Filter(["4/3", "4/17"]))[0].Select(hit => hit.Id));
    }

    [Fact]
    public void Of_many_rows_in_one_direction_the_first_are_found_whatever_their_lengths()
    {
        var rows = Enumerable.Range(0, 2000).Select(i => new[] { 0.1f * (i + 1), 0.3f * (i + 1), 0.7f * (i + 1) }).ToArray();
        using var index = Index(rows);
        Assert.Equal(Enumerable.Range(0, 5), index.Find([1, 3, 7], 5).Where(hit => hit.Score == 1).Select(hit => hit.Row));
    }

    [Fact]
    public void Rows_added_one_by_one_are_found_as_those_added_at_once()
    {
        var rows = BruteForce.Rows(300, 16, 1);
        using var together = Index(rows);
        using var singly = new SearchIndex(16);
        foreach (var (row, numbers) in rows.Index())
        {
            singly.Add($"{row}", numbers);
        }

        var query = BruteForce.Rows(1, 16, 2)[0];
        Assert.Equal(together.Find(query, 300), singly.Find(query, 300));
        Assert.Equal(300, singly.Count);
        Assert.Equal("299", singly.IdOf(299));
    }

    [Theory]
    [InlineData(ElementType.Fp16, 1e-3)]
    [InlineData(ElementType.Bf16, 1e-2)]
    public void Half_the_memory_moves_cosines_by_little(ElementType type, double tolerance)
    {
        var rows = BruteForce.Rows(400, 32, 5);
        using var index = Index(rows, type);
        var query = BruteForce.Rows(1, 32, 6)[0];
        Assert.All(index.Find(query, 400), hit => Assert.Equal(BruteForce.Cosine(rows[hit.Row], query), hit.Score, tolerance));
        Assert.Equal(400, index.Find(query, 500).Count);
    }

    [Fact]
    public void Patterns_choose_rows_by_their_ids()
    {
        var rows = BruteForce.Rows(60, 8, 7);
        using var index = new SearchIndex(8);
        index.Add([.. rows.Select((_, i) => $"{(i % 3 == 0 ? "birds" : "cats")}/{i:00}.jpg")], Flat(rows));
        var query = BruteForce.Rows(1, 8, 8)[0];
        var birds = index.Filter(["birds/*"]);
        Assert.Equal(20, birds.Count);
        var all = index.Find(query, 60);
        Assert.Equal(all.Where(hit => hit.Row % 3 == 0).Take(7), index.Find(query, 7, birds));
        Assert.Equal(all.Where(hit => hit.Row % 10 == 1 || hit.Row == 50), index.Find(query, 9, index.Filter(["*/?1.jpg", "*/50.*"])));
        Assert.Equal(all.Where(hit => hit.Row > 50), index.Find(query, 60, index.Filter(id => int.Parse(id[^6..^4]) > 50)));
        Assert.Empty(index.Find(query, 3, index.Filter(["dogs/*"])));
        index.Add("birds/60.jpg", query);
        Assert.DoesNotContain(index.Find(query, 60, birds), hit => hit.Row == 60);
    }

    [Fact]
    public void A_row_of_zeros_has_cosine_zero_and_one_that_is_not_finite_is_never_found()
    {
        using var index = new SearchIndex(2);
        index.Add(["zero", "nan", "infinite", "back", "ahead"], [0, 0, float.NaN, 1, float.PositiveInfinity, 1, -3, 0, 5, 0]);
        var hits = index.Find([2, 0], 5);
        Assert.Equal([("ahead", 1f), ("zero", 0f), ("back", -1f)], hits.Select(hit => (hit.Id, hit.Score)));
        Assert.Equal(3, index.Find([0, 0], 5).Count);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(0.999)]
    [InlineData(0.8)]
    [InlineData(0.3)]
    public void Groups_are_what_chains_of_near_pairs_join(double threshold)
    {
        var rows = BruteForce.Clouds(150, 8, 30, 4);
        for (var i = 100; i < 150; i++)
        {
            rows[i] = [.. rows[i % 40].Select(number => number * (i % 3 + 1))];
        }

        rows[7] = new float[8];
        rows[11][0] = float.NaN;
        using var index = Index(rows);
        var group = Enumerable.Range(0, 150).ToArray();
        for (var i = 0; i < 150; i++)
        {
            for (var j = i + 1; j < 150; j++)
            {
                if ((float)BruteForce.Cosine(rows[i], rows[j]) >= (float)threshold)
                {
                    var (one, other) = (group[i], group[j]);
                    group = [.. group.Select(each => each == other ? one : each)];
                }
            }
        }

        var expected = Enumerable.Range(0, 150).GroupBy(row => group[row]).Where(rows => rows.Count() > 1).Select(rows => rows.ToArray());
        Assert.Equal(expected.OrderBy(rows => rows[0]), index.Groups((float)threshold).Select(rows => rows.ToArray()));
    }

    [Fact]
    public void Groups_reach_across_blocks()
    {
        var rows = BruteForce.Rows(9000, 256, 2);               // a block has 8,192 rows of this length
        rows[8999] = rows[3];
        rows[8500] = rows[3];
        rows[8300] = rows[8400];
        using var index = Index(rows, ElementType.Fp16);
        Assert.Equal([[3, 8500, 8999], [8300, 8400]], index.Groups(0.9f).Select(group => group.ToArray()));
    }

    [Fact]
    public void What_does_not_fit_is_a_mistake_of_the_caller()
    {
        using var index = Index(BruteForce.Rows(3, 4, 1));
        Assert.Throws<ArgumentException>(() => index.Add(["a"], new float[5]));
        using var wide = zeros(1, 5);
        Assert.Throws<ArgumentException>(() => index.Add(["a"], wide));
        Assert.Throws<ArgumentException>(() => index.Find(new float[5], 1));
        Assert.Throws<ArgumentException>(() => index.Find([1, 2, float.NaN, 4], 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => index.Find(new float[4], 0));
        Assert.Throws<InvalidOperationException>(() => index.Find(new float[4], 1, probe: 1));
        Assert.Throws<ArgumentException>(() => index.Cluster(new SearchListOptions { Lists = 4 }));
        Assert.Equal(3, index.Count);
        using var none = new SearchIndex(4);
        Assert.Empty(none.Find(new float[4], 3));
    }

    [Fact]
    public async Task Threads_that_search_while_rows_are_added_find_whole_answers()
    {
        var rows = BruteForce.Rows(2000, 16, 11);
        using var index = Index(rows[..1000]);
        var query = rows[500];
        var searches = Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
        {
            for (var turn = 0; turn < 30; turn++)
            {
                var hits = index.Find(query, 5);
                Assert.Equal((500, 1f), (hits[0].Row, hits[0].Score));
                Assert.Equal(5, hits.Count);
            }
        })).ToArray();
        for (var row = 1000; row < 2000; row++)
        {
            index.Add($"{row}", rows[row]);
        }

        await Task.WhenAll(searches);
        Same(BruteForce.Find(rows, query, 20), index.Find(query, 20));
    }

    [Fact]
    public void Searches_leave_no_tensors_behind()
    {
        using var index = Index(BruteForce.Clouds(500, 16, 5, 1));
        index.Cluster(new SearchListOptions { Lists = 5 });
        Find(index, BruteForce.Rows(3, 16, 2), 4);
        var before = LiveTensors.Count();
        Find(index, BruteForce.Rows(3, 16, 2), 4);
        Assert.Equal(before, Tensor.TotalCount);
        index.Find(BruteForce.Rows(1, 16, 2)[0], 4, index.Filter(["*1"]), probe: 2);
        Assert.Equal(before, Tensor.TotalCount);
        index.MeasureRecall(3, 20, 2);
        Assert.Equal(before, Tensor.TotalCount);
    }

    internal static SearchIndex Index(float[][] rows, ElementType type = ElementType.Fp32)
    {
        var index = new SearchIndex(rows[0].Length, type);
        index.Add([.. rows.Select((_, i) => $"{i}")], Flat(rows));
        return index;
    }

    internal static IReadOnlyList<IReadOnlyList<SearchHit>> Find(SearchIndex index, float[][] queries, int count, int probe = 0)
    {
        using var scope = NewDisposeScope();
        var asked = tensor(Flat(queries)).view(queries.Length, -1);
        return index.FindEach(asked, count, probe: probe);
    }

    internal static void Same((int Row, float Score)[] expected, IReadOnlyList<SearchHit> found)
    {
        // Double sums in another order may differ in the last float of a score, and then two near rows change places.
        Assert.Equal(expected.Length, found.Count);
        foreach (var ((row, score), hit) in expected.Zip(found))
        {
            Assert.Equal(score, hit.Score, 1e-6f);
            Assert.True(row == hit.Row || Math.Abs(score - hit.Score) < 1e-6f, $"row {hit.Row} in place of {row}");
        }

        Assert.Equal(found.Count, found.Select(hit => hit.Row).Distinct().Count());
    }

    private static float[] Flat(float[][] rows) => [.. rows.SelectMany(row => row)];
}
