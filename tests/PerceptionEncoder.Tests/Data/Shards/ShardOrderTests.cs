using PerceptionEncoder.Data.Items;
using PerceptionEncoder.Data.Remote;
using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Media;

namespace PerceptionEncoder.Tests.Data.Shards;

public class ShardOrderTests
{
    [Fact]
    public void A_folder_and_wildcards_give_the_tars_in_order()
    {
        using var folder = new ShardFolder();
        File.WriteAllText(folder.PathOf("notes.txt"), "");
        string[] shards = [folder.AddShard("b.tar"), folder.AddShard("a.tar.gz"), folder.AddShard("c.tgz")];
        Assert.Equal(shards.Order(StringComparer.Ordinal), ShardOrder.Find(folder.Root));
        Assert.Equal(shards.Order(StringComparer.Ordinal), ShardOrder.Find(folder.PathOf("*")));
        Assert.Equal([shards[0]], ShardOrder.Find(folder.PathOf("?.tar")));
    }

    [Fact]
    public void A_tar_packed_in_another_way_is_not_passed_over_without_a_word()
    {
        using var folder = new ShardFolder();
        folder.AddShard("0.tar");
        File.WriteAllBytes(folder.PathOf("1.tar.zst"), [0x28, 0xB5, 0x2F, 0xFD, 0, 0]);
        Assert.Equal([folder.PathOf("0.tar"), folder.PathOf("1.tar.zst")], ShardOrder.Find(folder.Root));
        Assert.Contains(
            "is a zstd file",
            Assert.Throws<UserErrorException>(() => new MediaSource(MediaKind.Image, [folder.PathOf("1.tar.zst")]).Read().Count()).Message);
        Assert.Empty(new MediaSource(MediaKind.Image, [folder.Root]).Read());
    }

    [Fact]
    public void Wildcards_stand_in_any_part_and_match_folders_of_shards()
    {
        using var folder = new ShardFolder();
        foreach (var name in new[] { "p1", "p2/deep", "q" })
        {
            Directory.CreateDirectory(folder.PathOf(name));
        }

        string[] shards =
            [folder.AddShard("p1/0.tar"), folder.AddShard("p2/0.TAR"), folder.AddShard("p2/deep/1.tar"), folder.AddShard("q/0.tar")];
        File.WriteAllText(folder.PathOf("p1/._0.tar"), "left by another system");
        Assert.Equal([shards[0], shards[1]], ShardOrder.Find(folder.PathOf("p*/0.*")));
        Assert.Equal([shards[0], shards[1]], ShardOrder.Find(folder.PathOf("p?")));
        Assert.Equal([shards[2]], ShardOrder.Find(folder.PathOf("*/deep/?.tar")));
        Assert.Equal([shards[0], shards[3]], ShardOrder.Find(folder.PathOf("{p1,q}/*.tar")));
        Assert.Throws<UserErrorException>(() => ShardOrder.Find(folder.PathOf("p??/*.tar")));
    }

    [Theory]
    [InlineData("ftp://me:pass@host/{0..3}.tar", "ftp://host...")]
    [InlineData("gs://bucket/pass/x.tar", "gs://bucket...")]
    public void An_address_is_one_line_that_shows_no_password(string pattern, string expected)
    {
        var message = Assert.Throws<UserErrorException>(() => ShardOrder.Find(pattern)).Message;
        Assert.StartsWith(expected, message);
        Assert.DoesNotContain("pass", message);
    }

    [Fact]
    public void What_a_source_has_is_described_the_same_where_it_is_the_same()
    {
        using ShardFolder here = new(), there = new();
        var (one, other) = (here.AddSource("s", [2, 3]), there.AddSource("s", [2, 3]));
        Assert.Equal(ShardOrder.Describe(one, ShardAccess.Default), ShardOrder.Describe(other, ShardAccess.Default));
        there.AddShard("s-1.tar", [.. Enumerable.Range(0, 40).Select(i => $"k{i}")]);
        Assert.StartsWith("2 shards of ", ShardOrder.Describe(other, ShardAccess.Default));
        Assert.NotEqual(ShardOrder.Describe(one, ShardAccess.Default), ShardOrder.Describe(other, ShardAccess.Default));
    }

    [Fact]
    public void A_missing_shard_is_one_error_with_the_pattern_the_first_file_and_how_many()
    {
        using var folder = new ShardFolder();
        folder.AddShard("0.tar");
        var pattern = folder.PathOf("{0..3}.tar");
        var error = Assert.Throws<UserErrorException>(() => ShardOrder.Find(pattern));
        Assert.Contains(pattern, error.Message);
        Assert.Contains(folder.PathOf("1.tar") + " does not exist (3 missing in all)", error.Message);
    }

    [Fact]
    public void A_folder_without_tars_and_an_empty_pattern_are_errors()
    {
        using var folder = new ShardFolder();
        Assert.Contains("holds no .tar file", Assert.Throws<UserErrorException>(() => ShardOrder.Find(folder.Root)).Message);
        Assert.Throws<UserErrorException>(() => ShardOrder.Find(" "));
        Assert.Throws<UserErrorException>(() => ShardOrder.Find(folder.PathOf("nowhere/*.tar")));
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
        var source = new ShardOrder(options, 0, seed: 1);
        Assert.Equal(source.Paths, source.Order(0).Order(StringComparer.Ordinal));
        Assert.Equal(source.Order(3), new ShardOrder(options, 0, seed: 1).Order(3));
        Assert.NotEqual(source.Order(0), source.Order(1));
        Assert.NotEqual(source.Order(0), new ShardOrder(options, 1, seed: 1).Order(0));
        Assert.NotEqual(source.Order(0), new ShardOrder(options, 0, seed: 2).Order(0));
    }
}
