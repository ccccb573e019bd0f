using PerceptionEncoder.Data;

namespace PerceptionEncoder.Tests.Data;

public class ShardSourceTests
{
    [Fact]
    public void A_folder_and_wildcards_give_the_tars_in_order()
    {
        using var folder = new ShardFolder();
        File.WriteAllText(folder.PathOf("notes.txt"), "");
        string[] shards = [folder.AddShard("b.tar"), folder.AddShard("a.tar.gz"), folder.AddShard("c.tgz")];
        Assert.Equal(shards.Order(StringComparer.Ordinal), ShardSource.Find(folder.Root));
        Assert.Equal(shards.Order(StringComparer.Ordinal), ShardSource.Find(folder.PathOf("*")));
        Assert.Equal([shards[0]], ShardSource.Find(folder.PathOf("?.tar")));
    }

    [Fact]
    public void A_missing_shard_is_one_error_with_the_pattern_the_first_file_and_how_many()
    {
        using var folder = new ShardFolder();
        folder.AddShard("0.tar");
        var pattern = folder.PathOf("{0..3}.tar");
        var error = Assert.Throws<UserErrorException>(() => ShardSource.Find(pattern));
        Assert.Contains(pattern, error.Message);
        Assert.Contains(folder.PathOf("1.tar") + " does not exist (3 missing in all)", error.Message);
    }

    [Fact]
    public void A_folder_without_tars_and_an_empty_pattern_are_errors()
    {
        using var folder = new ShardFolder();
        Assert.Contains("holds no .tar file", Assert.Throws<UserErrorException>(() => ShardSource.Find(folder.Root)).Message);
        Assert.Throws<UserErrorException>(() => ShardSource.Find(" "));
        Assert.Throws<UserErrorException>(() => ShardSource.Find(folder.PathOf("nowhere/*.tar")));
    }

    [Fact]
    public void The_order_is_a_permutation_that_differs_by_epoch_source_and_seed()
    {
        using var folder = new ShardFolder();
        for (var i = 0; i < 20; i++)
        {
            folder.AddShard($"{i:D2}.tar");
        }

        var options = new SourceOptions { Shards = folder.Root };
        var source = new ShardSource(options, 0, seed: 1);
        Assert.Equal(source.Paths, source.Order(0).Order(StringComparer.Ordinal));
        Assert.Equal(source.Order(3), new ShardSource(options, 0, seed: 1).Order(3));
        Assert.NotEqual(source.Order(0), source.Order(1));
        Assert.NotEqual(source.Order(0), new ShardSource(options, 1, seed: 1).Order(0));
        Assert.NotEqual(source.Order(0), new ShardSource(options, 0, seed: 2).Order(0));
    }
}
