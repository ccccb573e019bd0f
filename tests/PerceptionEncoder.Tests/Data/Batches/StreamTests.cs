using System.Text.Json;
using CsCheck;
using PerceptionEncoder.Data.Batches;
using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Distributed;
using PerceptionEncoder.Tensors;
using PerceptionEncoder.Tests.Distributed;

namespace PerceptionEncoder.Tests.Data.Batches;

/// <summary>Shards dealt to streams, and streams to ranks.</summary>
public sealed class StreamTests : IDisposable
{
    private static readonly Gen<(int Streams, int Ranks, int OtherRanks)> Worlds = Gen.OneOf(
        new[] { (2, 1, 2), (2, 2, 1), (3, 3, 1), (4, 1, 4), (4, 2, 4), (4, 4, 2), (4, 2, 1), (6, 2, 3), (6, 3, 6), (6, 6, 2) }
            .Select(worlds => Gen.Const(worlds)).ToArray());

    private readonly ShardFolder folder = new();

    public StreamTests() => TorchRuntime.Initialize();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void The_samples_of_all_ranks_interleaved_are_those_of_one_and_resume_is_exact_with_any_number_of_ranks()
        => Gen.Select(Worlds, Gen.Int[4, 7].Array[6, 9], Gen.Int[1, 9], Gen.Int[1, 2], Gen.Int[0, 4], Gen.ULong, Gen.Bool).Sample(
            (worlds, counts, window, perStream, before, seed, resample) =>
            {
                using var shards = new ShardFolder();
                var options = new DataOptions
                {
                    Train =
                    [
                        shards.AddSource("a", counts),
                        shards.AddSource("b", [.. counts.Reverse()], weight: 0.4) with { Resample = resample },
                    ],
                    ShuffleWindow = window,
                    Streams = worlds.Streams,
                    Workers = 2,
                    BadSampleLimit = 1,
                };

                // Batches that are no multiple of the streams: a stream's turn goes on over their ends.
                var batch = worlds.Ranks * worlds.OtherRanks * perStream;
                var alone = Read(options, batch, before + 4, seed, DataPosition.Start, 1);
                var first = Read(options, batch, before, seed, DataPosition.Start, worlds.Ranks);
                var then = Read(options, batch, 4, seed, first.Position, worlds.OtherRanks);
                Assert.Equal(alone.Keys, first.Keys.Concat(then.Keys));
                Assert.Equal(JsonSerializer.Serialize(alone.Position), JsonSerializer.Serialize(then.Position));
            },
            iter: 30,
            threads: 1);

    [Fact]
    public void Sample_i_of_a_batch_is_of_stream_i_modulo_the_streams_and_so_is_what_replaces_a_bad_one()
    {
        var options = new DataOptions { Train = [folder.AddSource("a", Enumerable.Repeat(9, 9))], Streams = 3, BadSampleLimit = 1 };
        var streams = SampleSequence.OfRank(options, 5, DataPosition.Start, new BadSamples(), null, World.Single);
        string[][] usable = [.. streams.Select(stream => Enumerable.Range(0, 30).Select(_ => stream.Draw(default).Sample.Key)
            .Where(key => !IsBad(key)).Take(12).ToArray())];
        streams.ToList().ForEach(stream => stream.Dispose());
        var (keys, position) = Read(options, batch: 12, count: 3, seed: 5, DataPosition.Start, ranks: 1);
        Assert.Equal(Enumerable.Range(0, 36).Select(i => usable[i % 3][i / 3]), keys);
        Assert.True(position.Draws > 36);
    }

    [Fact]
    public void Each_sample_comes_once_in_an_epoch_over_all_streams()
        => Gen.Select(Gen.Int[0, 5].Array[4, 9].Where(counts => counts.Sum() > 0), Gen.Int[2, 4], Gen.Int[1, 7], Gen.ULong).Sample(
            (counts, streams, window, seed) =>
            {
                using var shards = new ShardFolder();
                var options = new DataOptions { Train = [shards.AddSource("s", counts)], Streams = streams, ShuffleWindow = window };
                var drawn = new List<(int Epoch, string Key, ulong Seed)>();
                foreach (var stream in SampleSequence.OfRank(options, seed, DataPosition.Start, new BadSamples(), null, World.Single))
                {
                    using (stream)
                    {
                        for (var draw = stream.Draw(default); draw.Next.Epoch < 3; draw = stream.Draw(default))
                        {
                            drawn.Add((draw.Next.Epoch, draw.Sample.Key, draw.Seed));
                        }
                    }
                }

                var all = Enumerable.Range(0, counts.Sum()).Select(i => $"s{i:D5}");
                Assert.All(
                    Enumerable.Range(0, 3),
                    epoch => Assert.Equal(all, drawn.Where(draw => draw.Epoch == epoch).Select(draw => draw.Key).Order()));
                Assert.Equal(drawn.Count, drawn.Select(draw => draw.Seed).Distinct().Count());
            },
            iter: 30,
            threads: 1);

    [Fact]
    public void Ranks_of_one_stream_that_met_bad_samples_each_go_on_where_they_were()
    {
        var options = new DataOptions { Train = [folder.AddSource("a", [40, 40]), folder.AddSource("b", [9, 9])], BadSampleLimit = 1 };
        var whole = Ranks(options, 4, 6, 7, DataPosition.Start, 3);
        var first = Ranks(options, 4, 3, 7, DataPosition.Start, 3);
        Assert.True(first.Select(rank => rank.Position.Draws).Distinct().Count() > 1);
        var merged = RoundTrip(DataPosition.Merge([.. first.Select(rank => rank.Position)]));
        Assert.Equal(first.Max(rank => rank.Position.Draws), merged.Draws);
        var then = Ranks(options, 4, 3, 7, merged, 3);
        Assert.Equal(
            whole.Select(rank => string.Join(",", rank.Keys)),
            first.Zip(then, (a, b) => string.Join(",", [.. a.Keys, .. b.Keys])));

        // Saved again before a step, it is still the same; with other ranks all go on at the furthest.
        Assert.Equal(JsonSerializer.Serialize(merged), JsonSerializer.Serialize(DataPosition.Merge([merged, merged, merged])));
        Assert.All([merged.OfRank(0, 2), merged.OfRank(1, 2)], rank => Assert.Equal((merged.Draws, null), (rank.Draws, rank.Ranks)));
        Assert.Equal(Ranks(options, 12, 1, 7, merged, 1)[0].Keys, Ranks(options, 12, 1, 7, merged with { Ranks = null }, 1)[0].Keys);
    }

    [Fact]
    public void One_stream_is_written_as_ever_and_what_was_written_is_read()
    {
        const string Written = """{"Draws":8,"Sources":[{"Epoch":0,"Shard":0,"SampleInShard":0,"Window":0,"""
            + "\"DrawnFromWindow\":8,\"WindowSamples\":9}]}";
        var options = new DataOptions { Train = [folder.AddSource("a", [9])] };
        Assert.Equal(Written, JsonSerializer.Serialize(Read(options, 2, 4, 1, DataPosition.Start, 1, usesBad: false).Position));
        Assert.Equal(Written, JsonSerializer.Serialize(Read(options, 2, 4, 1, DataPosition.Start, 2, usesBad: false).Position));
        Assert.Equal(Written, JsonSerializer.Serialize(JsonSerializer.Deserialize<DataPosition>(Written)));
    }

    [Fact]
    public void Streams_that_cannot_be_dealt_are_one_line_with_both_numbers()
    {
        var options = new DataOptions { Train = [folder.AddSource("a", [3, 3, 3])], Streams = 4 };
        Assert.Contains("data.streams is 4, and shards", Message(() => Read(options, 4, 1, 1, DataPosition.Start, 1)));
        Assert.Contains("data.streams is 4, and shards", Message(() => ShardOrder.Check(options.Train[0], null, options.Streams)));
        Assert.Contains("4 streams cannot be dealt evenly to 3 ranks", Message(() => options.DemandRanks(3)));
        Assert.Contains("4 streams cannot be dealt evenly to 8 ranks", Message(() => options.DemandRanks(8)));
        var resampled = options with { Train = [options.Train[0] with { Resample = true }] };
        var position = Read(resampled, 4, 1, 1, DataPosition.Start, 1).Position;
        Assert.Contains(
            "data.streams is 2, the checkpoint was trained with 4",
            Message(() => Read(resampled with { Streams = 2 }, 4, 1, 1, position, 1)));
        Assert.Contains("data.streams is 1", Message(() => Read(resampled with { Streams = 1 }, 4, 1, 1, position, 1)));
    }

    [Fact]
    public void Streams_of_which_nothing_can_be_used_end()
    {
        var options = new DataOptions { Train = [folder.AddSource("a", [2, 2])], Streams = 2, BadSampleLimit = 1, Workers = 1 };
        foreach (var choice in new[] { options, options with { Train = [options.Train[0] with { Resample = true }] } })
        {
            Assert.Contains("no usable sample", Message(() => Load(choice, (_, _, _, _) => throw new BadSampleException("broken", "all"))));
        }

        folder.AddShard("none-0.tar");
        folder.AddShard("none-1.tar");
        var empty = new SourceOptions { Shards = folder.PathOf("none-{0..1}.tar") };
        foreach (var source in new[] { empty, empty with { Resample = true } })
        {
            Assert.Contains("no sample in any of 2 files", Message(() => Load(options with { Train = [source] }, (_, _, _, _) => { })));
        }
    }

    [Fact]
    public void What_one_of_several_ranks_alone_can_use_does_not_end_the_others_and_nothing_at_all_does()
    {
        var options = new DataOptions { Train = [folder.AddSource("a", [5, 5])], BadSampleLimit = 1, Workers = 1 };
        LoopBack.Run(2, world =>
        {
            using var loader = new DataLoader(options, 1, new BatchLayout(), (sample, _, _, _) =>
            {
                if (sample.Key != "a00003")
                {
                    throw new BadSampleException("broken", sample.Key);
                }
            }, 3, DataPosition.Start, new BadSamples(), world: world);
            using var batch = loader.Next();
            Assert.Equal(["a00003"], batch.Keys);
        });
        LoopBack.Run(2, world => Assert.Contains(
            "no usable sample",
            Message(() => Load(options, (_, _, _, _) => throw new BadSampleException("broken", "all"), world))));
    }

    private static bool IsBad(string key) => key[^1] is '2' or '7';

    private static void Load(DataOptions options, SampleDecoder decode, World? world = null)
    {
        using var loader = new DataLoader(options, 1, new BatchLayout(), decode, 1, DataPosition.Start, new BadSamples(), world: world);
        loader.Next().Dispose();
    }

    private static string Message(Action action) => Assert.Throws<UserErrorException>(action).Message;

    private static DataPosition RoundTrip(DataPosition position)
        => JsonSerializer.Deserialize<DataPosition>(JsonSerializer.Serialize(position))!;

    /// <summary>The keys of some batches of all ranks, interleaved, and where they are after them as a checkpoint has it.</summary>
    private static (string[] Keys, DataPosition Position) Read(
        DataOptions options, int batch, int count, ulong seed, DataPosition start, int ranks, bool usesBad = true)
    {
        var read = Ranks(options, batch / ranks, count, seed, start, ranks, usesBad);
        return (
            [.. Enumerable.Range(0, batch * count).Select(i => read[i % ranks].Keys[i / ranks])],
            RoundTrip(DataPosition.Merge([.. read.Select(rank => rank.Position)])));
    }

    private static (List<string> Keys, DataPosition Position)[] Ranks(
        DataOptions options, int batch, int count, ulong seed, DataPosition start, int ranks, bool usesBad = true)
    {
        var read = new (List<string> Keys, DataPosition Position)[ranks];
        LoopBack.Run(ranks, world =>
        {
            void Decode(Sample sample, SourceOptions source, ulong sampleSeed, SampleFields fields)
            {
                if (usesBad && IsBad(sample.Key))
                {
                    throw new BadSampleException("broken", sample.Key);
                }
            }

            using var loader = new DataLoader(options, batch, new BatchLayout(), Decode, seed, start, new BadSamples(), world: world);
            var (keys, position) = (new List<string>(), start);
            for (var i = 0; i < count; i++)
            {
                using var next = loader.Next();
                keys.AddRange(next.Keys);
                position = next.Next;
            }

            read[world.Rank] = (keys, position);
        });
        return read;
    }
}
