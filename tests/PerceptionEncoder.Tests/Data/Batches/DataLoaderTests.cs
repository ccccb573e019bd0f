using System.Diagnostics;
using System.Text.Json;
using CsCheck;
using PerceptionEncoder.Data.Batches;
using PerceptionEncoder.Data.Samples;
using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Media.Images;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tests.Data.Batches;

public class DataLoaderTests
{
    private static readonly BatchLayout Layout = new(new BatchField("image", uint8, 3, 2, 3), new BatchField("tokens", int64, 3));

    [Fact]
    public void Batches_are_the_same_for_any_number_of_workers()
    {
        using var folder = new ShardFolder();
        var options = new DataOptions { Train = [folder.AddSource("a", [7, 9]), folder.AddSource("b", [5])], ShuffleWindow = 6 };
        var expected = Describe(options with { Workers = 1 }, DataPosition.Start, batches: 8);
        Assert.All(
            [2, 3, 4],
            workers => Assert.Equal(expected, Describe(options with { Workers = workers }, DataPosition.Start, batches: 8)));
    }

    [Fact]
    public void From_the_position_of_any_batch_training_continues_exactly()
        => Gen.Select(Gen.Int[0, 9], Gen.Int[1, 8], Gen.Int[1, 3]).Sample(
            (trained, window, workers) =>
            {
                using var folder = new ShardFolder();
                var options = new DataOptions
                {
                    Train = [folder.AddSource("a", [7, 0, 9]), folder.AddSource("b", [5], weight: 0.4)],
                    ShuffleWindow = window,
                    Workers = workers,
                    BadSampleLimit = 1,
                };
                var whole = Describe(options, DataPosition.Start, batches: trained + 4);
                var start = trained == 0 ? DataPosition.Start : JsonSerializer.Deserialize<DataPosition>(whole[trained - 1].Next)!;
                Assert.Equal(whole[trained..], Describe(options, start, batches: 4));
            },
            iter: 15,
            threads: 1);

    [Fact]
    public void Pixels_and_tokens_arrive_where_they_belong()
    {
        using var folder = new ShardFolder();
        var options = new DataOptions { Train = [folder.AddSource("s", [8])] };
        using var loader = Loader(options, 4);
        using var batch = loader.Next();
        Assert.Equal([4, 3, 2, 3], batch["image"].shape);
        Assert.Equal((uint8, int64), (batch["image"].dtype, batch["tokens"].dtype));
        for (var row = 0; row < batch.Size; row++)
        {
            var number = int.Parse(batch.Keys[row].AsSpan(1));
            Assert.Equal(Enumerable.Range(0, 18).Select(i => (byte)(number + i)), batch["image"][row].data<byte>().ToArray());
            Assert.Equal(number, batch["tokens"][row][0].item<long>());
        }
    }

    [Fact]
    public void Bad_samples_are_skipped_counted_and_logged_once_and_the_batch_is_filled()
    {
        using var folder = new ShardFolder();
        var source = folder.AddSource("s", [20]);
        var bad = new BadSamples();
        var logged = new List<BadSample>();
        bad.Found += logged.Add;
        using var loader = Loader(
            new DataOptions { Train = [source], BadSampleLimit = 0.5, Prefetch = 1 },
            9,
            bad,
            (sample, options, seed, fields) => Decode(
            sample.Key switch
            {
                "s00003" => throw new ImageException("truncated image", "3 bytes"),
                "s00011" => throw new BadSampleException(CaptionedImage.MissingCaption, "no txt"),
                _ => sample,
            },
            options,
            seed,
            fields));
        var keys = new List<string>();
        for (var i = 0; i < 4; i++)
        {
            using var batch = loader.Next();
            keys.AddRange(batch.Keys);
        }

        var usable = Enumerable.Range(0, 20).Except([3, 11]).Select(i => $"s{i:D5}").ToArray();
        Assert.Equal(usable, keys.Take(18).Order());
        Assert.Equal(usable, keys.Skip(18).Order());
        Assert.Equal(["s00003", "s00011"], logged.Select(sample => sample.Key).Order());
        Assert.All(logged, sample => Assert.Equal(folder.PathOf("s-0.tar"), sample.Shard));
        Assert.InRange(bad.SkippedByReason["truncated image"], 2, 4);
        Assert.Equal(bad.Skipped, bad.SkippedByReason.Values.Sum());

        // The loader may be ahead; what it says for a checkpoint is what the batches handed out have passed over: two epochs, less what
        // follows their last sample.
        Assert.InRange(loader.Skipped.Values.Sum(), 2, 4);
    }

    [Fact]
    public void Skipped_samples_of_a_resumed_run_add_up_to_those_of_an_uninterrupted_one()
    {
        using var folder = new ShardFolder();
        var options = new DataOptions { Train = [folder.AddSource("s", [30])], BadSampleLimit = 1 };
        static void DropSome(Sample sample, SourceOptions source, ulong seed, SampleFields fields)
            => Decode(sample.Key[^1] is '1' or '2' ? throw new BadSampleException("bad", "") : sample, source, seed, fields);
        using var whole = Loader(options, 5, decode: DropSome);
        (DataPosition Position, IReadOnlyDictionary<string, long>? Skipped) state = (DataPosition.Start, null);
        for (var i = 0; i < 12; i++)
        {
            whole.Next().Dispose();
            using var part = new DataLoader(options, 5, Layout, DropSome, seed: 3, state.Position, new BadSamples(state.Skipped));
            using var batch = part.Next();
            state = (batch.Next, part.Skipped);
            Assert.Equal(whole.Skipped, state.Skipped);
        }

        Assert.InRange(whole.Skipped["bad"], 12, 18);
    }

    [Fact]
    public void Positions_stay_exact_where_samples_are_bad()
    {
        using var folder = new ShardFolder();
        var options = new DataOptions { Train = [folder.AddSource("s", [13])], ShuffleWindow = 4, BadSampleLimit = 1 };
        static void DropSome(Sample sample, SourceOptions source, ulong seed, SampleFields fields)
            => Decode(sample.Key[^1] is '1' or '2' ? throw new BadSampleException("bad", "") : sample, source, seed, fields);
        var whole = Describe(options, DataPosition.Start, 10, DropSome);
        Assert.Equal(whole[4..], Describe(options, JsonSerializer.Deserialize<DataPosition>(whole[3].Next)!, 6, DropSome));
    }

    [Fact]
    public void Positions_count_bad_samples_of_every_source()
    {
        // A bad sample of one source is often followed by good ones of the other: its own position must move on all the same.
        using var folder = new ShardFolder();
        var options = new DataOptions
        {
            Train = [folder.AddSource("a", [13]), folder.AddSource("b", [11])],
            ShuffleWindow = 4,
            BadSampleLimit = 1,
        };
        static void DropSome(Sample sample, SourceOptions source, ulong seed, SampleFields fields)
            => Decode(int.Parse(sample.Key.AsSpan(1)) % 3 == 0 ? throw new BadSampleException("bad", "") : sample, source, seed, fields);
        var whole = Describe(options, DataPosition.Start, 14, DropSome);
        Assert.All(Enumerable.Range(0, 12), i => Assert.Equal(
            whole[i + 1],
            Describe(options, JsonSerializer.Deserialize<DataPosition>(whole[i].Next)!, 1, DropSome).Single()));

        var bad = new BadSamples();
        using var loader = new DataLoader(options, 5, Layout, DropSome, seed: 3, DataPosition.Start, bad);
        for (var i = 1; i <= 10; i++)
        {
            using var batch = loader.Next();
            Assert.Equal((5 * i) + loader.Skipped.Values.Sum(), batch.Next.Draws);
        }
    }

    [Fact]
    public void Too_many_bad_samples_stop_the_run_after_an_epoch_with_share_reason_and_key()
    {
        using var folder = new ShardFolder();
        var options = new DataOptions { Train = [folder.AddSource("s", [40])], BadSampleLimit = 0.05 };
        using var loader = Loader(options, 4, decode: (sample, source, seed, fields)
            => Decode(sample.Key[^1] == '7' ? throw new BadSampleException("missing caption", "no txt") : sample, source, seed, fields));
        var batches = 0;
        var error = Assert.Throws<UserErrorException>(() => Drain(loader, ref batches));
        Assert.Equal(36 / 4, batches);
        Assert.Contains("bad_sample_limit", error.Message);
        Assert.Contains("missing caption", error.Message);
        Assert.Matches("first 's000.7'", error.Message);
        Assert.Throws<UserErrorException>(() => loader.Next());
    }

    [Fact]
    public void Too_many_bad_samples_stop_the_run_after_a_thousand_draws_of_a_large_set()
    {
        using var folder = new ShardFolder();
        var options = new DataOptions { Train = [folder.AddSource("s", [3000])] };
        var bad = new BadSamples();
        using var loader = Loader(options, 10, bad, (sample, source, seed, fields)
            => Decode(sample.Key[^1] == '7' ? throw new BadSampleException("missing caption", "no txt") : sample, source, seed, fields));
        var batches = 0;
        Assert.Throws<UserErrorException>(() => Drain(loader, ref batches));
        Assert.Equal(1000, bad.Draws);
    }

    [Fact]
    public void A_set_without_a_usable_sample_is_an_error_even_where_bad_ones_are_allowed()
    {
        using var folder = new ShardFolder();
        var options = new DataOptions { Train = [folder.AddSource("s", [5])], BadSampleLimit = 1 };
        using var loader = Loader(options, 2, decode: (_, _, _, _) => throw new BadSampleException("missing caption", "no txt"));
        Assert.Contains("no usable sample", Assert.Throws<UserErrorException>(() => loader.Next()).Message);
    }

    [Fact]
    public void A_batch_larger_than_the_data_set_is_an_error_with_both_numbers()
    {
        using var folder = new ShardFolder();
        var options = new DataOptions { Train = [folder.AddSource("a", [5]), folder.AddSource("b", [4])] };
        using var loader = Loader(options, 40);
        var message = Assert.Throws<UserErrorException>(() => loader.Next()).Message;
        Assert.Contains("batch of 40", message);
        Assert.Contains("9 usable samples", message);
    }

    [Fact]
    public void A_batch_of_the_whole_data_set_is_an_epoch()
    {
        using var folder = new ShardFolder();
        using var loader = Loader(new DataOptions { Train = [folder.AddSource("s", [5, 4])] }, 9);
        for (var epoch = 0; epoch < 3; epoch++)
        {
            using var batch = loader.Next();
            Assert.Equal(9, batch.Keys.Distinct().Count());
        }
    }

    [Fact]
    public void Any_other_exception_of_the_decoder_comes_out_of_Next_after_the_batches_before_it()
    {
        using var folder = new ShardFolder();
        var options = new DataOptions { Train = [folder.AddSource("s", [30])], ShuffleWindow = 1 };
        Assert.All([1, 4], workers =>
        {
            using var loader = Loader(options with { Workers = workers }, 5, decode: (sample, source, seed, fields)
                => Decode(sample.Key == "s00012" ? throw new FormatException("broken decoder") : sample, source, seed, fields));
            var batches = 0;
            Assert.Equal("broken decoder", Assert.Throws<FormatException>(() => Drain(loader, ref batches)).Message);
            Assert.Equal(2, batches);
        });
    }

    [Fact]
    public void A_damaged_shard_is_counted_and_what_comes_before_the_damage_is_used()
    {
        using var folder = new ShardFolder();
        var source = folder.AddSource("s", [6, 6]);
        var damaged = folder.PathOf("s-1.tar");
        using (var file = new FileStream(damaged, FileMode.Open))
        {
            file.SetLength((2048 * 4) + 520);
        }

        var bad = new BadSamples();
        using var loader = Loader(new DataOptions { Train = [source] }, 10, bad);
        for (var epoch = 0; epoch < 3; epoch++)
        {
            using var batch = loader.Next();
            Assert.Equal(Enumerable.Range(0, 10).Select(i => $"s{i:D5}"), batch.Keys.Order());
        }

        Assert.Equal(1, bad.FaultsByReason[BadSamples.DamagedShard]);
        Assert.Equal(0, bad.Skipped);
    }

    [Fact]
    public void Tensors_outlive_the_consumers_dispose_scope_and_their_memory_is_used_again()
    {
        using var folder = new ShardFolder();
        var before = LiveTensors.Count();
        using (var loader = Loader(new DataOptions { Train = [folder.AddSource("s", [8])] }, 4))
        {
            Batch kept;
            using (NewDisposeScope())
            {
                kept = loader.Next();
            }

            Assert.False(kept["image"].IsInvalid);
            for (var i = 0; i < 50; i++)
            {
                loader.Next().Dispose();
            }

            // Kept, just handed out, two ready, one being filled: five batches of two tensors, however many are drawn.
            Assert.InRange(Tensor.TotalCount - before, 2, 10);
            kept.Dispose();
            kept.Dispose();
        }

        Assert.Equal(before, Tensor.TotalCount);
    }

    [Fact]
    public void Disposing_stops_every_thread_at_once_and_batches_handed_out_stay_valid()
    {
        using var folder = new ShardFolder();
        var options = new DataOptions { Train = [folder.AddSource("s", [500])], ShuffleWindow = 10, Workers = 4 };
        Loader(options, 4).Dispose();
        var before = Process.GetCurrentProcess().Threads.Count;
        for (var i = 0; i < 10; i++)
        {
            var loader = Loader(options, 4);
            using var batch = loader.Next();
            var watch = Stopwatch.StartNew();
            loader.Dispose();
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(20));            // never, where a thread does not hear of it
            Assert.Equal(4, batch["image"].shape[0]);
            Assert.Throws<ObjectDisposedException>(() => loader.Next());
        }

        // The runtime's own pool may have grown by a thread or two; ten leaked loaders would be fifty.
        Assert.InRange(Process.GetCurrentProcess().Threads.Count - before, int.MinValue, 4);
    }

    [Fact]
    public void Waiting_can_be_cancelled_and_is_measured()
    {
        using var folder = new ShardFolder();
        using var release = new ManualResetEventSlim();
        using var loader = Loader(new DataOptions { Train = [folder.AddSource("s", [8])] }, 4, decode: (sample, source, seed, fields) =>
        {
            release.Wait(TimeSpan.FromSeconds(5));
            Decode(sample, source, seed, fields);
        });
        using var cancellation = new CancellationTokenSource(TimeSpan.FromMilliseconds(50));
        Assert.ThrowsAny<OperationCanceledException>(() => loader.Next(cancellation.Token));
        release.Set();
        Assert.InRange(loader.Waited, TimeSpan.FromMilliseconds(30), TimeSpan.FromSeconds(10));
        loader.Next().Dispose();
    }

    [Fact]
    public void Missing_shards_are_an_error_before_any_thread_starts()
    {
        using var folder = new ShardFolder();
        var source = new SourceOptions { Shards = folder.PathOf("{0..4}.tar") };
        Assert.Contains(
            "0.tar does not exist",
            Assert.Throws<UserErrorException>(() => Loader(new DataOptions { Train = [source] }, 4)).Message);
    }

    private static DataLoader Loader(DataOptions options, int batch, BadSamples? bad = null, SampleDecoder? decode = null)
        => new(options, batch, Layout, decode ?? Decode, seed: 3, DataPosition.Start, bad ?? new BadSamples());

    /// <summary>Takes the sample's number for its first pixel and token, and its seed for the other tokens.</summary>
    private static void Decode(Sample sample, SourceOptions source, ulong seed, SampleFields fields)
    {
        var number = int.Parse(sample.Key.AsSpan(1));
        var pixels = fields.Of<byte>("image");
        for (var i = 0; i < pixels.Length; i++)
        {
            pixels[i] = (byte)(number + i);
        }

        var tokens = fields.Of<long>("tokens");
        (tokens[0], tokens[1], tokens[2]) = (number, (int)seed, (int)(seed >> 32));
    }

    /// <summary>Keys, seeds and position of some batches.</summary>
    private static (string Keys, string Tokens, string Next)[] Describe(
        DataOptions options,
        DataPosition start,
        int batches,
        SampleDecoder? decode = null)
    {
        using var loader = new DataLoader(options, 5, Layout, decode ?? Decode, seed: 3, start, new BadSamples());
        return [.. Enumerable.Range(0, batches).Select(_ =>
        {
            using var batch = loader.Next();
            return (
                string.Join(' ', batch.Keys),
                string.Join(' ', batch["tokens"].data<long>().ToArray()),
                JsonSerializer.Serialize(batch.Next));
        })];
    }

    private static void Drain(DataLoader loader, ref int batches)
    {
        while (true)
        {
            loader.Next().Dispose();
            batches++;
        }
    }
}
