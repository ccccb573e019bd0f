using PerceptionEncoder.Serialization.Features;

namespace PerceptionEncoder.Tests.Serialization.Features;

public sealed class FeatureCacheTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("pe-feature-cache-").FullName;

    private string File => Path.Combine(folder, "teacher.features");

    [Fact]
    public void Rows_are_there_again_after_the_cache_is_reopened()
    {
        using (var cache = new FeatureCache(folder, "teacher", width: 3))
        {
            Assert.False(cache.TryRead(1, out _));
            cache.Add(1, [1, 2, 3]);
            cache.Add(UInt128.MaxValue, [4, 5, 6]);
            Assert.True(cache.TryRead(1, out var fresh));
            Assert.Equal([1, 2, 3], fresh);
        }

        using var again = new FeatureCache(folder, "teacher", width: 3);
        Assert.Equal(2, again.Count);
        Assert.True(again.TryRead(UInt128.MaxValue, out var row));
        Assert.Equal([4, 5, 6], row);
    }

    [Fact]
    public void A_record_that_a_crash_cut_is_dropped_and_the_rest_is_kept()
    {
        using (var cache = new FeatureCache(folder, "teacher", width: 3))
        {
            cache.Add(1, [1, 2, 3]);
            cache.Add(2, [4, 5, 6]);
        }

        using (var stream = new FileStream(File, FileMode.Open))
        {
            stream.SetLength(stream.Length - 5);
        }

        using var again = new FeatureCache(folder, "teacher", width: 3);
        Assert.Equal(1, again.Count);
        Assert.False(again.TryRead(2, out _));
        again.Add(2, [7, 8, 9]);
        Assert.True(again.TryRead(2, out var row));
        Assert.Equal([7, 8, 9], row);
    }

    [Fact]
    public void The_first_row_of_a_key_stays()
    {
        using var cache = new FeatureCache(folder, "teacher", width: 1);
        cache.Add(5, [1]);
        cache.Add(5, [2]);
        Assert.Equal(1, cache.Count);
        Assert.True(cache.TryRead(5, out var row));
        Assert.Equal([1], row);
    }

    [Fact]
    public void A_cache_in_use_by_another_run_is_one_clear_line()
    {
        using var cache = new FeatureCache(folder, "teacher", width: 1);
        var failure = Assert.Throws<UserErrorException>(() => new FeatureCache(folder, "teacher", width: 1));
        Assert.Contains("teacher.features", failure.Message, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);
}
