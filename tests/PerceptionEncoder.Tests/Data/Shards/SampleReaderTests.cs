using System.IO.Compression;
using CsCheck;
using PerceptionEncoder.Data.Shards;

namespace PerceptionEncoder.Tests.Data.Shards;

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
        Assert.Equal(
            ["first", "between", "later"],
            samples.Select(sample => System.Text.Encoding.UTF8.GetString(sample.Members["txt"].Span)));
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

    [Theory]
    [InlineData("packed.tar", true)]
    [InlineData("plain.tar.gz", false)]
    [InlineData("CAPITALS.TAR", false)]
    [InlineData("noname", true)]
    public void The_first_bytes_tell_what_a_shard_is_and_not_its_name(string name, bool zipped)
    {
        using var folder = new ShardFolder();
        var bytes = File.ReadAllBytes(folder.AddShard("x.tar", "a", "b"));
        using (Stream file = File.Create(folder.PathOf(name)), target = zipped ? new GZipStream(file, CompressionLevel.Fastest) : file)
        {
            target.Write(bytes);
        }

        var bad = new BadSamples();
        Assert.Equal(["a", "b"], SampleReader.ReadShards([folder.PathOf(name)], bad).Select(sample => sample.Key));
        Assert.Empty(bad.FaultsByReason);
    }

    [Theory]
    [InlineData("BZh91AY&SY", "a bzip2 file")]
    [InlineData("\u0028\u00b5\u002f\u00fd", "a zstd file")]
    [InlineData("\u0004\u0022\u004d\u0018", "an lz4 file")]
    [InlineData("\u00fd7zXZ\0", "an xz file")]
    [InlineData("PK\u0003\u0004", "a zip archive")]
    [InlineData("PAR1", "a Parquet file")]
    [InlineData("  <!DOCTYPE HTML><html>", "a web page")]
    [InlineData("version https://git-lfs.github.com/spec/v1", "a Git LFS pointer")]
    public void A_file_of_another_kind_is_named_in_one_line(string start, string kind)
    {
        using var folder = new ShardFolder();
        var path = folder.PathOf("0.tar");
        File.WriteAllBytes(path, [.. System.Text.Encoding.Latin1.GetBytes(start), .. new byte[1000]]);
        var message = Assert.Throws<UserErrorException>(() => new SampleReader(path, new BadSamples())).Message;
        Assert.Contains($"{path}: is {kind}", message);
        Assert.DoesNotContain('\n', message);
    }

    [Fact]
    public void A_tar_whose_first_name_begins_like_another_kind_is_a_tar()
    {
        using var folder = new ShardFolder();
        Assert.Equal(
            ["PAR1/a"],
            SampleReader.ReadShards([folder.AddShard("0.tar", "PAR1/a")], new BadSamples()).Select(sample => sample.Key));
    }

    [Fact]
    public void A_member_too_large_is_reported_and_the_samples_after_it_are_read()
    {
        using var folder = new ShardFolder();
        var path = folder.PathOf("0.tar.gz");
        using (var zip = new GZipStream(File.Create(path), CompressionLevel.Fastest))
        using (var tar = new System.Formats.Tar.TarWriter(zip, System.Formats.Tar.TarEntryFormat.Gnu))
        {
            foreach (var (name, length) in new[] { ("a.jpg", 3), ("a.txt", 65 << 20), ("b.jpg", 3), ("b.txt", 3) })
            {
                tar.WriteEntry(new System.Formats.Tar.GnuTarEntry(System.Formats.Tar.TarEntryType.RegularFile, name)
                {
                    DataStream = new MemoryStream(new byte[length]),
                });
            }
        }

        var bad = new BadSamples();
        var samples = SampleReader.ReadShards([path], bad).ToArray();
        Assert.Equal(["jpg", "jpg txt"], samples.Select(sample => string.Join(' ', sample.Members.Keys)));
        Assert.Equal("jpg, txt (too large)", samples[0].List());
        Assert.Equal(1, bad.FaultsByReason[BadSamples.MemberTooLarge]);
    }

    [Fact]
    public void One_key_with_very_many_members_takes_linear_time()
    {
        using var folder = new ShardFolder();
        using (var writer = new ShardWriter(folder.PathOf("0.tar")))
        {
            writer.Write("a", [.. Enumerable.Range(0, 60_000).Select(i => ShardFolder.Member($"{i}.txt", ""))]);
        }

        var clock = System.Diagnostics.Stopwatch.StartNew();
        var sample = Assert.Single(SampleReader.ReadShards([folder.PathOf("0.tar")], new BadSamples(), new HashSet<string> { "7.txt" }));
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(10), $"{clock.Elapsed}");
        Assert.Equal(60_000, sample.Stored!.Count);
        Assert.EndsWith("and 59988 more", sample.List());
    }

    [Fact]
    public void Members_that_lie_apart_are_said_once_with_what_to_do()
    {
        using var folder = new ShardFolder();
        string[] paths = [folder.PathOf("0.tar"), folder.PathOf("1.tar")];
        foreach (var path in paths)
        {
            using var writer = new ShardWriter(path);
            foreach (var (extension, key) in from extension in new[] { "jpg", "txt" }
                from key in new[] { "a", "b" }
                select (extension, key))
            {
                writer.Write(key, ShardFolder.Member(extension, "x"));
            }
        }

        var reported = new List<BadSample>();
        var bad = new BadSamples();
        bad.Found += reported.Add;
        Assert.Equal(8, SampleReader.ReadShards(paths, bad).Count());
        Assert.Contains("tar --sort=name", Assert.Single(reported, fault => fault.Reason == BadSamples.MembersApart).Detail);
    }

    [SkippableTheory]
    [InlineData("/dev/zero")]
    [InlineData("/proc/kmsg")]
    public void A_device_behind_the_name_of_a_shard_ends_at_once(string device)
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "devices are files on Linux");
        using var folder = new ShardFolder();
        File.CreateSymbolicLink(folder.PathOf("0.tar"), device);
        var bad = new BadSamples();
        Assert.Empty(SampleReader.ReadShards([folder.PathOf("0.tar")], bad));
        Assert.Equal(1, bad.FaultsByReason[BadSamples.DamagedShard]);
    }

    [Fact]
    public void A_missing_shard_is_an_error_that_names_it()
    {
        using var folder = new ShardFolder();
        var path = folder.PathOf("none.tar");
        Assert.Contains(path, Assert.Throws<UserErrorException>(() => new SampleReader(path, new BadSamples())).Message);
    }
}
