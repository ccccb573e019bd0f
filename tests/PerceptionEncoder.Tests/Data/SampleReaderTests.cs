using System.IO.Compression;
using CsCheck;
using PerceptionEncoder.Data;

namespace PerceptionEncoder.Tests.Data;

public class SampleReaderTests
{
    [Fact]
    public void Samples_come_in_stored_order_with_their_members()
    {
        using var folder = new ShardFolder();
        using (var writer = new ShardWriter(folder.PathOf("0.tar")))
        {
            writer.Write("a", ShardFolder.Member("JPG", "pixels"), ShardFolder.Member("txt", ""));
            writer.Write("d.1/b", ShardFolder.Member("left.jpg", new string('x', 100_000)));
        }

        var samples = SampleReader.ReadShards([folder.PathOf("0.tar")], new BadSamples()).ToArray();
        Assert.Equal(["a", "d.1/b"], samples.Select(sample => sample.Key));
        Assert.Equal("pixels"u8, samples[0].Members["jpg"].Span);
        Assert.True(samples[0].Members["txt"].IsEmpty);
        Assert.Equal(100_000, samples[1].Members["left.jpg"].Length);
        Assert.All(samples, sample => Assert.Equal(folder.PathOf("0.tar"), sample.Shard));
    }

    [Fact]
    public void Members_that_are_not_wanted_stay_on_disk_and_do_not_change_the_samples()
    {
        using var folder = new ShardFolder();
        var shard = folder.AddShard("0.tar", "a", "b");
        var samples = SampleReader.ReadShards([shard], new BadSamples(), new HashSet<string> { "txt" }).ToArray();
        Assert.Equal(["a", "b"], samples.Select(sample => sample.Key));
        Assert.All(samples, sample => Assert.Equal(["txt"], sample.Members.Keys));
    }

    [Fact]
    public void A_repeated_member_is_reported_and_the_first_is_used()
    {
        using var folder = new ShardFolder();
        using (var writer = new ShardWriter(folder.PathOf("0.tar")))
        {
            writer.Write("a", ShardFolder.Member("txt", "first"), ShardFolder.Member("txt", "second"));
            writer.Write("b", ShardFolder.Member("txt", "between"));
            writer.Write("a", ShardFolder.Member("txt", "later"));
        }

        var bad = new BadSamples();
        var reported = new List<BadSample>();
        bad.Found += reported.Add;
        var samples = SampleReader.ReadShards([folder.PathOf("0.tar")], bad).ToArray();
        Assert.Equal(["first", "between", "later"], samples.Select(sample => System.Text.Encoding.UTF8.GetString(sample.Members["txt"].Span)));
        var fault = Assert.Single(reported);
        Assert.Equal((BadSamples.RepeatedMember, "a", folder.PathOf("0.tar")), (fault.Reason, fault.Key, fault.Shard));
    }

    [Fact]
    public void A_tar_cut_anywhere_gives_its_whole_samples_and_is_reported_once()
    {
        using var folder = new ShardFolder();
        var whole = File.ReadAllBytes(folder.AddShard("whole.tar", "a", "b", "c", "d", "e"));
        var cutPath = folder.PathOf("cut.tar");

        // Five samples of two members; each member is a header block and a data block.
        Gen.Int[0, 5 * 4 * 512].Sample(
            length =>
            {
                File.WriteAllBytes(cutPath, whole[..length]);
                var bad = new BadSamples();
                var samples = SampleReader.ReadShards([cutPath], bad).ToArray();
                var complete = samples.Where(sample => sample.Members.Count == 2).Select(sample => sample.Key).ToArray();
                var captionBytes = "caption of a".Length;
                Assert.Equal("abcde"[..Math.Min(5, (length + 512 - captionBytes) / 2048)].Select(key => key.ToString()), complete);

                // A cut between two members cannot be told from a tar without closing blocks.
                Assert.Equal(length > 0 && length % 1024 == 0 ? 0 : 1, bad.FaultsByReason.GetValueOrDefault(BadSamples.DamagedShard));
            },
            iter: 300,
            threads: 1);
    }

    [Fact]
    public void A_changed_header_byte_ends_the_shard_there()
    {
        using var folder = new ShardFolder();
        var path = folder.AddShard("0.tar", "a", "b", "c");
        var bytes = File.ReadAllBytes(path);
        bytes[2048 + 3] ^= 0x20;
        File.WriteAllBytes(path, bytes);
        var bad = new BadSamples();
        var reported = new List<BadSample>();
        bad.Found += reported.Add;
        Assert.Equal(["a"], SampleReader.ReadShards([path], bad).Select(sample => sample.Key));
        Assert.Contains("checksum", Assert.Single(reported).Detail);
        Assert.Equal(path, reported[0].Shard);
    }

    [Fact]
    public void Random_bytes_are_damage_and_never_another_exception()
        => Gen.Byte.Array[0, 4000].Sample(
            bytes =>
            {
                using var folder = new ShardFolder();
                File.WriteAllBytes(folder.PathOf("x.tar"), bytes);
                File.WriteAllBytes(folder.PathOf("x.tar.gz"), bytes);
                var bad = new BadSamples();
                Assert.Empty(SampleReader.ReadShards([folder.PathOf("x.tar"), folder.PathOf("x.tar.gz")], bad));
                Assert.Equal(2, bad.FaultsByReason[BadSamples.DamagedShard]);
            },
            iter: 100,
            threads: 1);

    [Fact]
    public void Skipping_is_the_same_as_reading_and_forgetting()
    {
        using var folder = new ShardFolder();
        var path = folder.AddShard("0.tar", Enumerable.Range(0, 9).Select(i => $"{i}"));
        var zipped = path + ".gz";
        using (var zip = new GZipStream(File.Create(zipped), CompressionLevel.Fastest))
        {
            zip.Write(File.ReadAllBytes(path));
        }

        foreach (var shard in new[] { path, zipped })
        {
            for (var skip = 0; skip <= 10; skip++)
            {
                using var reader = new SampleReader(shard, new BadSamples());
                Assert.Equal(Math.Min(skip, 9), reader.Skip(skip));
                Assert.Equal(skip < 9 ? $"{skip}" : null, reader.Read()?.Key);
            }
        }
    }

    [Fact]
    public void A_missing_shard_is_an_error_that_names_it()
    {
        using var folder = new ShardFolder();
        var path = folder.PathOf("none.tar");
        Assert.Contains(path, Assert.Throws<UserErrorException>(() => new SampleReader(path, new BadSamples())).Message);
    }
}
