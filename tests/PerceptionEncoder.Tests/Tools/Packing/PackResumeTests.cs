using PerceptionEncoder.Tools.Packing;

namespace PerceptionEncoder.Tests.Tools.Packing;

public sealed class PackResumeTests : IDisposable
{
    private readonly OwnData own = new();

    public void Dispose() => own.Dispose();

    [Fact]
    public void A_run_that_ends_anywhere_goes_on_and_ends_in_the_same_bytes()
    {
        var table = own.Table(24);
        File.Delete(own.At("img/007.jpg"));
        own.Text("img/008.jpg", "no picture");
        var options = new PackOptions
        {
            Input = table,
            Output = own.At("whole"),
            Splits = SplitShare.Parse("train=0.7,test=0.3"),
            ShardSize = new ShardSize(3, long.MaxValue),
            BadLimit = 0.2,
            Workers = 2,
        };
        own.Pack(options);
        var whole = OwnData.Files(own.At("whole"));
        for (var last = 1; last <= 24; last += 3)
        {
            var resumed = options with { Output = own.At($"out{last}") };
            var end = last;
            Assert.Throws<IOException>(() => own.Pack(resumed, progress => PowerCut(progress.Rows == end)));

            // As a killed process leaves it: a shard whose line in the journal has no end, and half a shard.
            File.AppendAllText(Path.Combine(resumed.Output, PackJournal.FileName), "{\"shard\":{\"spl");
            Assert.NotEmpty(Directory.EnumerateFiles(resumed.Output, "*.partial", SearchOption.AllDirectories));
            own.Pack(resumed);
            Assert.Equal(whole, OwnData.Files(resumed.Output));
        }

        static void PowerCut(bool now)
        {
            if (now)
            {
                throw new IOException("power cut");
            }
        }
    }

    [Fact]
    public void A_cancelled_run_keeps_its_finished_shards()
    {
        var options = new PackOptions { Input = own.Table(12), Output = own.At("out"), ShardSize = new ShardSize(2, long.MaxValue) };
        using var stop = new CancellationTokenSource();
        Assert.ThrowsAny<OperationCanceledException>(() => own.Pack(options, progress => Stop(progress.Rows == 7), stop.Token));
        Assert.Equal(3, Directory.GetFiles(own.At("out/train"), "*.tar").Length);
        var summary = own.Pack(options);
        Assert.Equal((3, 12L), (summary.Resumed, summary.Samples));

        void Stop(bool now)
        {
            if (now)
            {
                stop.Cancel();
            }
        }
    }

    [Fact]
    public void A_finished_folder_is_left_alone_and_a_lost_or_cut_shard_is_made_again()
    {
        var options = new PackOptions { Input = own.Table(6), Output = own.At("out"), ShardSize = new ShardSize(2, long.MaxValue) };
        own.Pack(options);
        var (files, time) = (OwnData.Files(own.At("out")), File.GetLastWriteTimeUtc(own.At("out/train/00001.tar")));
        Assert.Equal((3, 6L), (own.Pack(options).Resumed, own.Pack(options).Samples));
        Assert.Equal(time, File.GetLastWriteTimeUtc(own.At("out/train/00001.tar")));
        foreach (var damage in new Action<string>[] { File.Delete, path => File.WriteAllBytes(path, File.ReadAllBytes(path)[..^512]) })
        {
            damage(own.At("out/train/00001.tar"));
            Assert.Equal(0, own.Pack(options).Resumed);
            Assert.Equal(files, OwnData.Files(own.At("out")));
        }
    }

    [Fact]
    public void Other_options_and_other_rows_are_refused_in_one_line()
    {
        var table = own.Table(4);
        var options = new PackOptions { Input = table, Output = own.At("out") };
        own.Pack(options);
        Assert.Contains("other options (max_side)", own.Fails(options with { MaxSide = 10 }), StringComparison.Ordinal);
        own.Pack(options with { Workers = 3, BadLimit = 0.5 });
        File.AppendAllText(table, "img/000.jpg,once more,nobody\n");
        Assert.Contains("begun with other rows", own.Fails(options), StringComparison.Ordinal);
        File.WriteAllText(own.At("out/pack.journal"), "something\n");
        Assert.Contains("not a journal", own.Fails(options), StringComparison.Ordinal);
    }
}
