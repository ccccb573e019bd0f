using System.Runtime.InteropServices;
using PerceptionEncoder.Data.Items;
using PerceptionEncoder.Distributed;
using PerceptionEncoder.Media;
using PerceptionEncoder.Serialization.Features;
using PerceptionEncoder.Tensors;
using PerceptionEncoder.Tests.Distributed;
using PerceptionEncoder.Tests.Evaluation;
using PerceptionEncoder.Tests.Serialization.Features;
using PerceptionEncoder.Tools.Features;
using TorchSharp;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tests.Tools.Features;

public sealed class FeatureExtractionTests : IDisposable
{
    private const int Side = 4;

    private static readonly string[] Colours = ["red", "green", "blue"];

    private readonly string root = Directory.CreateTempSubdirectory("pe-encoding-").FullName;
    private readonly List<string> log = [];

    public FeatureExtractionTests()
    {
        TorchRuntime.Initialize();
        Directory.CreateDirectory(At("in"));
    }

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Fact]
    public void Rows_keep_the_order_of_the_inputs_and_the_unreadable_have_none()
    {
        AddPictures(20, broken: i => i % 5 == 3);
        var progress = new List<EncodingProgress>();
        using var file = Open("f.npy");
        var summary = Images().Run(Source(), file, log.Add, progress.Add, CancellationToken.None);

        var (_, shape, data) = FeatureFolder.ReadNpy(At("f.npy"));
        int[] readable = [.. Enumerable.Range(0, 20).Where(i => i % 5 != 3)];
        Assert.Equal([16, 3], shape);
        Assert.Equal(readable.Select(i => At($"in/{i:D3}.png")), File.ReadAllLines(At("f.npy.keys.txt")));
        Assert.Equal(
            readable.SelectMany(i => Colours.Select(colour => colour == Colours[i % 3] ? 255f : 0f)),
            MemoryMarshal.Cast<byte, float>(data).ToArray());
        Assert.Equal((16, 20, 4, 0, 0), (summary.Rows, summary.Inputs, summary.Unreadable, summary.DamagedShards, summary.ResumedRows));
        Assert.Equal([3, 8, 13, 18], log.Select(line => int.Parse(Path.GetFileName(line.Split(": ")[0])[..3])));
        Assert.Equal(new long[] { 3, 5, 7, 10, 12, 15, 16 }, progress.Select(report => report.Rows));
        Assert.InRange(summary.EncoderShare, 0, 1);
    }

    [Fact]
    public void A_stopped_run_goes_on_and_ends_in_the_same_bytes_with_the_same_batches()
    {
        AddPictures(20, broken: i => i is 2 or 3 or 19);
        var whole = new List<long>();
        using (var file = Open("whole.npy"))
        {
            Images(whole).Run(Source(), file, log.Add, null, CancellationToken.None);
        }

        var parts = new List<long>();
        for (var stopAfter = 0; !File.Exists(At("parts.npy")); stopAfter++)
        {
            Assert.InRange(stopAfter, 0, 10);
            using var stop = new CancellationTokenSource();
            var batches = 0;
            using var file = Open("parts.npy");
            var extraction = Images(parts);
            if (stopAfter == 0)
            {
                stop.Cancel();
            }

            try
            {
                extraction.Run(Source(), file, log.Add, _ => StopAt(++batches), stop.Token);
            }
            catch (OperationCanceledException)
            {
                Assert.Contains("stopped", log[^1], StringComparison.Ordinal);
            }

            void StopAt(int batch)
            {
                if (batch == stopAfter)
                {
                    stop.Cancel();
                }
            }
        }

        Assert.Equal(File.ReadAllBytes(At("whole.npy")), File.ReadAllBytes(At("parts.npy")));
        Assert.Equal(File.ReadAllBytes(At("whole.npy.keys.txt")), File.ReadAllBytes(At("parts.npy.keys.txt")));
        Assert.Equal(whole, parts);
    }

    [Fact]
    public void A_finished_file_is_not_encoded_again()
    {
        AddPictures(4);
        using var file = Open("f.npy");
        Images().Run(Source(), file, log.Add, null, CancellationToken.None);
        var calls = new List<long>();
        Assert.Equal(4, Images(calls).Run(Source(), file, log.Add, null, CancellationToken.None).Rows);
        Assert.Empty(calls);
    }

    [Fact]
    public void Inputs_of_which_none_can_be_used_are_the_users_error_and_leave_no_file()
    {
        AddPictures(3, broken: _ => true);
        using (var file = Open("f.npy"))
        {
            var failure = Assert.Throws<UserErrorException>(() => Images().Run(Source(), file, log.Add, null, CancellationToken.None));
            Assert.Contains("none of the 3 inputs", failure.Message, StringComparison.Ordinal);
            Assert.DoesNotContain('\n', failure.Message);
        }

        Assert.Equal([At("in")], Directory.GetFileSystemEntries(root));
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.NegativeInfinity)]
    public void Features_that_are_not_finite_are_named_once_counted_and_written(float value)
    {
        AddPictures(9);
        using var file = Open("f.npy");
        var summary = Spoiling(value, limit: 0.3).Run(Source(), file, log.Add, null, CancellationToken.None);
        Assert.Equal((9, 2), (summary.Rows, summary.NotFinite));
        var line = Assert.Single(log);
        Assert.Contains("000.png", line, StringComparison.Ordinal);
        Assert.Contains("not finite", line, StringComparison.Ordinal);
        Assert.Equal([9, 3], FeatureFolder.ReadNpy(At("f.npy")).Shape);
    }

    [Fact]
    public void Too_many_features_that_are_not_finite_stop_the_run_and_a_higher_limit_finishes_it()
    {
        AddPictures(9);
        for (var i = 0; i < 2; i++)
        {
            using var file = Open("f.npy");                                 // the second time nothing is left but to look at the limit
            var failure = Assert.Throws<UserErrorException>(
                () => Spoiling(float.NaN, limit: 0.2).Run(Source(), file, log.Add, null, CancellationToken.None));
            Assert.Contains(
                "2 of 9 features have a number that is not finite, more than the limit of 20",
                failure.Message,
                StringComparison.Ordinal);
            Assert.DoesNotContain('\n', failure.Message);
            Assert.False(File.Exists(At("f.npy")));
        }

        using var raised = Open("f.npy");
        Assert.Equal(9, Spoiling(float.NaN, limit: 1).Run(Source(), raised, log.Add, null, CancellationToken.None).Rows);
        Assert.True(File.Exists(At("f.npy")));
    }

    [Fact]
    public void The_number_of_live_tensors_stays_the_same()
    {
        AddPictures(30);
        var counts = new List<long>();
        var before = LiveTensors.Count();
        using (var file = Open("f.parquet"))
        {
            Images().Run(Source(), file, log.Add, _ => counts.Add(Tensor.TotalCount), CancellationToken.None);
        }

        Assert.Equal(10, counts.Count);
        Assert.Single(counts.Distinct());
        Assert.Equal(before, LiveTensors.Count());
    }

    [Fact]
    public void Inputs_are_decoded_while_the_encoder_is_at_work()
    {
        AddPictures(12);
        using var decodedAhead = new CountdownEvent(6);
        var images = new ImageInput(Side, Side);
        var extraction = new FeatureExtraction<byte[]>(Decode, images.Stack, batch =>
        {
            // The first batch of 3 is not given back before 3 more are decoded.
            Assert.True(decodedAhead.Wait(TimeSpan.FromSeconds(20)));
            return Means(batch);
        }, 3);
        using var file = Open("f.npy");
        Assert.Equal(12, extraction.Run(Source(), file, log.Add, null, CancellationToken.None).Rows);

        byte[] Decode(MediaItem item)
        {
            var pixels = images.Decode(item);
            lock (decodedAhead)
            {
                if (!decodedAhead.IsSet)
                {
                    decodedAhead.Signal();
                }
            }

            return pixels;
        }
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(9)]                                             // more than there are batches
    public void Ranks_share_the_inputs_and_one_writes_the_same_file(int ranks)
    {
        AddPictures(20, broken: i => i is 2 or 3 or 4 or 6 or 19);
        using (var file = Open("one.npy"))
        {
            Images().Run(Source(), file, log.Add, null, CancellationToken.None);
        }

        string[] lines = [.. log];
        var (said, sizes, summaries) = (new List<string>[ranks], new List<long>(), new EncodingSummary[ranks]);
        LoopBack.Run(ranks, world =>
        {
            using var file = world.Writes ? Open("all.npy") : null;
            said[world.Rank] = [];
            summaries[world.Rank] = Images(sizes, world).Run(Source(), file, said[world.Rank].Add, null, CancellationToken.None);
        });
        Assert.Equal(File.ReadAllBytes(At("one.npy")), File.ReadAllBytes(At("all.npy")));
        Assert.Equal(File.ReadAllText(At("one.npy.keys.txt")), File.ReadAllText(At("all.npy.keys.txt")));
        Assert.Equal(15, sizes.Sum());                          // each once
        Assert.Equal((15, 20, 5), (summaries[0].Rows, summaries[0].Inputs, summaries[0].Unreadable));
        Assert.Equal(lines, said[0]);
        Assert.All(said[1..], Assert.Empty);
    }

    [Fact]
    public void What_two_ranks_left_three_go_on_with()
    {
        AddPictures(20, broken: i => i == 7);
        using (var file = Open("one.npy"))
        {
            Images().Run(Source(), file, log.Add, null, CancellationToken.None);
        }

        using var stop = new CancellationTokenSource();
        LoopBack.Run(2, world =>
        {
            using var file = world.Writes ? Open("all.npy") : null;
            Assert.ThrowsAny<OperationCanceledException>(() => Images(ranks: world).Run(
                Source(), file, log.Add, _ => stop.Cancel(), world.Writes ? stop.Token : CancellationToken.None));
        });
        Assert.Contains(log, line => line.Contains("the same command goes on", StringComparison.Ordinal));
        LoopBack.Run(3, world =>
        {
            using var file = world.Writes ? Open("all.npy") : null;
            Images(ranks: world).Run(Source(), file, log.Add, null, CancellationToken.None);
        });
        Assert.Equal(File.ReadAllBytes(At("one.npy")), File.ReadAllBytes(At("all.npy")));
    }

    [Fact]
    public void Texts_become_rows_of_ids()
    {
        File.WriteAllText(At("t.txt"), "b\n\nab\n");
        var texts = new TextInput(new LetterTokenizer(), 4);
        using var file = FeatureFile.Open(At("f.npy"), ScalarType.Float32, [4], "texts");
        new FeatureExtraction<int[]>(texts.Decode, texts.Stack, ids => ids.to(float32), 8)
            .Run(new MediaSource(MediaKind.Text, [At("t.txt")]), file, log.Add, null, CancellationToken.None);
        Assert.Equal([90, 98, 91, 0, 90, 97, 98, 91], MemoryMarshal.Cast<byte, float>(FeatureFolder.ReadNpy(At("f.npy")).Data).ToArray());
    }

    private string At(string name) => Path.Combine(root, name);

    private MediaSource Source() => new(MediaKind.Image, [At("in")]);

    private FeatureFile Open(string name) => FeatureFile.Open(At(name), ScalarType.Float32, [3], Source().Fingerprint());

    /// <summary>Mean colours, in batches of 3; <paramref name="sizes"/> takes the size of each.</summary>
    private static FeatureExtraction<byte[]> Images(List<long>? sizes = null, World? ranks = null)
    {
        var images = new ImageInput(Side, Side);
        return new FeatureExtraction<byte[]>(images.Decode, images.Stack, batch =>
        {
            sizes?.Add(batch.shape[0]);
            return Means(batch);
        }, 3, ranks: ranks);
    }

    /// <summary>Mean colours, of which the first of each of two batches has one number replaced: 2 of 9 rows.</summary>
    private static FeatureExtraction<byte[]> Spoiling(float value, double limit)
    {
        var images = new ImageInput(Side, Side);
        var batches = 0;
        return new FeatureExtraction<byte[]>(images.Decode, images.Stack, batch =>
        {
            var means = Means(batch);
            if (batches++ < 2)
            {
                means[0, 1] = value;
            }

            return means;
        }, 3, limit);
    }

    private static Tensor Means(Tensor images) => images.to(float32).mean([2, 3]);

    private void AddPictures(int count, Predicate<int>? broken = null)
    {
        for (var i = 0; i < count; i++)
        {
            File.WriteAllBytes(At($"in/{i:D3}.png"), broken?.Invoke(i) == true ? [1, 2, 3] : ColourSet.Picture(Colours[i % 3]));
        }
    }
}
