using System.Formats.Tar;
using CsCheck;
using PerceptionEncoder.Data.Shards;

namespace PerceptionEncoder.Tests.Data.Shards;

public class ShardWriterTests
{
    [SkippableFact]
    public void A_full_disk_is_one_line_that_names_the_shard()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "needs /dev/full");
        using var writer = new ShardWriter("/dev/full");
        var failure = Assert.Throws<UserErrorException>(() => writer.Write("key", ("bin", new byte[100_000])));
        Assert.Contains("shard /dev/full cannot be written (No space left on device", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_written_is_read_back_whatever_the_key()
        => Gen.Select(Gen.String[Gen.Char["abcé写 -_/"], 1, 300].Where(IsKey).Array[1, 5], Gen.Byte.Array[0, 2000]).Sample(
            (keys, data) =>
            {
                using var folder = new ShardFolder();
                var path = folder.PathOf("0.tar");
                keys = [.. keys.Distinct()];
                using (var writer = new ShardWriter(path))
                {
                    foreach (var key in keys)
                    {
                        writer.Write(key, ("bin", data), ("txt", new byte[1]));
                    }
                }

                var samples = SampleReader.ReadShards([path], new BadSamples()).ToArray();
                Assert.Equal(keys, samples.Select(sample => sample.Key));
                Assert.All(samples, sample => Assert.Equal(data, sample.Members["bin"].ToArray()));
            },
            iter: 50,
            threads: 1);

    [Fact]
    public void Equal_samples_give_equal_bytes_that_another_reader_understands()
    {
        using var folder = new ShardFolder();
        Assert.Equal(File.ReadAllBytes(folder.AddShard("a.tar", "x", "y")), File.ReadAllBytes(folder.AddShard("b.tar", "x", "y")));
        using var reader = new TarReader(File.OpenRead(folder.PathOf("a.tar")));
        Assert.Equal(["x.jpg", "x.txt", "y.jpg", "y.txt"], Enumerable.Range(0, 4).Select(_ => reader.GetNextEntry()!.Name));
    }

    [Theory]
    [InlineData("")]
    [InlineData("a/")]
    [InlineData("a.b")]
    public void A_key_that_would_be_read_back_as_another_is_refused(string key)
    {
        using var folder = new ShardFolder();
        using var writer = new ShardWriter(folder.PathOf("0.tar"));
        Assert.Throws<ArgumentException>(() => writer.Write(key, ShardFolder.Member("txt", "")));
    }

    [Fact]
    public void A_folder_that_does_not_exist_is_an_error_that_names_the_file()
    {
        using var folder = new ShardFolder();
        Assert.Contains("none/0.tar", Assert.Throws<UserErrorException>(() => new ShardWriter(folder.PathOf("none/0.tar"))).Message);
    }

    private static bool IsKey(string key) => !key.EndsWith('/');
}
