using CsCheck;
using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Media;

namespace PerceptionEncoder.Tests.Data.Shards;

public class SampleSequenceTests
{
    private static readonly Gen<(int[] Counts, int Window, ulong Seed)> Cases =
        Gen.Select(Gen.Int[0, 7].Array[1, 4].Where(counts => counts.Sum() > 0), Gen.Int[1, 12], Gen.ULong);

    /// <summary>What a stage draws from, how much, and how its windows are bounded.</summary>
    private static readonly Gen<(MediaKind? Kind, int Draws, int Window, long Bytes)> Stages =
        Gen.Select(
            Gen.Int[0, 2].Select(kind => new MediaKind?[] { MediaKind.Image, MediaKind.Video, null }[kind]),
            Gen.Int[0, 25],
            Gen.Int[1, 12],
            Gen.Long[1, 900]);

    [Fact]
    public void Every_epoch_has_each_sample_once_in_an_order_of_its_own()
        => Cases.Sample(
            (counts, window, seed) =>
            {
                using var folder = new ShardFolder();
                var source = folder.AddSource("s", counts);
                using var sequence = new SampleSequence(
                    new DataOptions { Train = [source], ShuffleWindow = window },
                    seed,
                    DataPosition.Start,
                    new BadSamples());
                var total = counts.Sum();
                var draws = Draw(sequence, 3 * total);
                var expected = Enumerable.Range(0, total).Select(i => $"s{i:D5}");
                Assert.All(draws.Chunk(total), epoch => Assert.Equal(expected, epoch.Select(draw => draw.Sample.Key).Order()));
                Assert.Equal(draws.Count, draws.Select(draw => draw.Seed).Distinct().Count());
                Assert.Equal(draws.Index().Select(item => item.Index / total), draws.Select(draw => draw.Next.Epoch));
            },
            iter: 30,
            threads: 1);

    [Fact]
    public void From_any_position_the_order_continues_as_if_uninterrupted()
        => Gen.Select(Cases, Gen.Int[0, 40], Gen.Bool).Sample(
            (setup, interruption, boundByBytes) =>
            {
                using var folder = new ShardFolder();
                var options = new DataOptions
                {
                    Train = [folder.AddSource("a", setup.Counts), folder.AddSource("b", [3, 2], weight: 0.5)],
                    ShuffleWindow = setup.Window,
                    ShuffleBytes = boundByBytes ? 400 : long.MaxValue,
                };
                using var whole = new SampleSequence(options, setup.Seed, DataPosition.Start, new BadSamples());
                var positions = whole.Start.ToArray();
                foreach (var draw in Draw(whole, interruption))
                {
                    positions[draw.Source.Index] = draw.Next;
                }

                using var resumed = new SampleSequence(options, setup.Seed, new DataPosition(interruption, positions), new BadSamples());
                Assert.Equal(Draw(whole, 30).Select(Identity), Draw(resumed, 30).Select(Identity));
            },
            iter: 40,
            threads: 1);

    [Fact]
    public void Each_sample_of_a_source_comes_once_an_epoch_whichever_sources_the_stages_draw_from_and_however_windows_are_bounded()
        => Gen.Select(Cases, Stages.Array[2, 6]).Sample(
            (setup, stages) =>
            {
                using var folder = new ShardFolder();
                SourceOptions[] sources =
                [
                    folder.AddSource("a", setup.Counts),
                    folder.AddSource("b", [3, 2], weight: 0.5),
                    folder.AddSource("c", [4, 1, 6]) with { Media = MediaKind.Video },
                ];
                int[] sizes = [setup.Counts.Sum(), 5, 11];
                var drawn = sources.Select(_ => new List<string>()).ToArray();
                var position = DataPosition.Start;

                // Each stage is a new process that also bounds its windows otherwise.
                foreach (var (kind, draws, window, bytes) in stages)
                {
                    var options = new DataOptions { Train = sources, ShuffleWindow = window, ShuffleBytes = bytes };
                    var choice = kind is null ? null : new SourceChoice(kind);
                    using var sequence = new SampleSequence(options, setup.Seed, position, new BadSamples(), choice);
                    var positions = sequence.Start.ToArray();
                    foreach (var draw in Draw(sequence, draws))
                    {
                        drawn[draw.Source.Index].Add(draw.Sample.Key);
                        positions[draw.Source.Index] = draw.Next;
                    }

                    position = new DataPosition(position.Draws + draws, positions);
                }

                Assert.All(
                    drawn.Zip(sizes),
                    source => Assert.All(source.First.Chunk(source.Second), epoch => Assert.Equal(epoch.Length, epoch.Distinct().Count())));
            },
            iter: 60,
            threads: 1);

    [Fact]
    public void A_stage_of_fewer_sources_draws_from_the_windows_of_a_stage_of_all()
    {
        using var folder = new ShardFolder();
        var options = new DataOptions
        {
            Train = [folder.AddSource("a", [30]), folder.AddSource("b", [30]) with { Media = MediaKind.Video }],
            ShuffleBytes = 1000,
        };
        using var mixed = new SampleSequence(options, seed: 3, DataPosition.Start, new BadSamples());
        using var images = new SampleSequence(options, seed: 3, DataPosition.Start, new BadSamples(), new SourceChoice(MediaKind.Image));
        var expected = Draw(mixed, 100).Where(draw => draw.Source.Index == 0).Take(30).Select(Identity).ToArray();
        Assert.Equal(expected, Draw(images, 30).Select(Identity));
        Assert.InRange(expected[0].Next.WindowSamples, 2, 20);
    }

    [Fact]
    public void Sources_are_drawn_in_proportion_to_their_weights()
    {
        using var folder = new ShardFolder();
        SourceOptions[] sources = [folder.AddSource("a", [5], weight: 3), folder.AddSource("b", [50, 1], weight: 1)];
        using var sequence = new SampleSequence(new DataOptions { Train = sources }, seed: 5, DataPosition.Start, new BadSamples());
        var share = Draw(sequence, 2000).Count(draw => draw.Source.Index == 0) / 2000.0;

        // Standard deviation 0.0097.
        Assert.InRange(share, 0.71, 0.79);
    }

    [Fact]
    public void The_seed_changes_the_order_and_a_window_of_one_keeps_the_stored_one()
    {
        using var folder = new ShardFolder();
        var options = new DataOptions { Train = [folder.AddSource("s", [30])] };
        Assert.NotEqual(FirstKeys(options, seed: 1), FirstKeys(options, seed: 2));
        Assert.Equal(Enumerable.Range(0, 30).Select(i => $"s{i:D5}"), FirstKeys(options with { ShuffleWindow = 1 }, seed: 1));
    }

    [Fact]
    public void Each_window_of_each_epoch_is_permuted_in_its_own_way()
    {
        using var folder = new ShardFolder();
        var options = new DataOptions { Train = [folder.AddSource("s", [64])], ShuffleWindow = 16 };
        using var sequence = new SampleSequence(options, seed: 1, DataPosition.Start, new BadSamples());

        // Places inside their windows: windows permuted alike would repeat one list.
        var permutations = Draw(sequence, 128)
            .Chunk(16)
            .Select(window => string.Join(' ', window.Select(draw => int.Parse(draw.Sample.Key.AsSpan(1)) % 16))).ToArray();
        Assert.Equal(8, permutations.Distinct().Count());
        Assert.DoesNotContain(string.Join(' ', Enumerable.Range(0, 16)), permutations);
    }

    [Fact]
    public void Shards_without_any_sample_are_an_error_and_not_an_endless_loop()
    {
        using var folder = new ShardFolder();
        var options = new DataOptions { Train = [folder.AddSource("s", [0, 0])] };
        using var sequence = new SampleSequence(options, 1, DataPosition.Start, new BadSamples());
        Assert.Contains(options.Train[0].Shards, Assert.Throws<UserErrorException>(() => sequence.Draw(default)).Message);
    }

    [Fact]
    public void A_position_of_other_shards_is_an_error()
    {
        using var folder = new ShardFolder();
        var options = new DataOptions { Train = [folder.AddSource("s", [4, 4])] };
        SourcePosition[] foreign = [new(0, 3, 0, 0, 0), new(0, 1, 5, 1, 0), new(0, 0, 0, 0, 9), new(0, 0, 0, 0, 2, WindowSamples: 9)];
        Assert.All(foreign, position => Assert.Contains("the checkpoint was trained on", Assert.Throws<UserErrorException>(() =>
        {
            using var sequence = new SampleSequence(options, 1, new DataPosition(1, [position]), new BadSamples());
            sequence.Draw(default);
        }).Message));
        Assert.Throws<UserErrorException>(
            () => new SampleSequence(options, 1, new DataPosition(1, [foreign[2], foreign[2]]), new BadSamples()));
    }

    [Fact]
    public void Options_that_cannot_work_are_errors_that_name_the_field()
    {
        using var folder = new ShardFolder();
        var source = folder.AddSource("s", [1]);
        var good = new DataOptions { Train = [source] };
        (DataOptions Options, string Field)[] cases =
        [
            (good with { Train = [] }, "data.train: "),
            (good with { Train = [source, source with { Weight = 0 }] }, "data.train[1].weight: expected"),
            (good with { Train = [source with { Weight = double.NaN }] }, ".weight: expected"),
            (good with { Train = [source with { Images = [] }] }, ".images: "),
            (good with { Train = [source with { Captions = [] }] }, ".captions: "),
            (good with { ShuffleWindow = 0 }, "data.shuffle_window: "),
            (
                good with { Train = [source with { Captions = ["txt", "json.caption"], CaptionWeights = [1, -1] }] },
                "data.train[0].caption_weights[1]: expected"),
            (good with { ShuffleBytes = 0 }, "data.shuffle_bytes: "),
            (good with { Workers = -1 }, "data.workers: "),
            (good with { Prefetch = 0 }, "data.prefetch: "),
            (good with { MaxPixels = 0 }, "data.max_pixels: "),
            (good with { BadSampleLimit = 2 }, "data.bad_sample_limit: "),
        ];
        Assert.All(cases, item => Assert.Contains(
            item.Field,
            Assert.Throws<UserErrorException>(() => new SampleSequence(item.Options, 1, DataPosition.Start, new BadSamples())).Message));

        new SampleSequence(
            good with { Train = [source with { Captions = ["txt", "json.caption"], CaptionWeights = [2, 1] }] },
            1,
            DataPosition.Start,
            new BadSamples()).Dispose();
    }

    private static List<SampleDraw> Draw(SampleSequence sequence, int count)
        => [.. Enumerable.Range(0, count).Select(_ => sequence.Draw(default))];

    private static (string Key, ulong Seed, SourcePosition Next) Identity(SampleDraw draw) => (draw.Sample.Key, draw.Seed, draw.Next);

    private static string[] FirstKeys(DataOptions options, ulong seed)
    {
        using var sequence = new SampleSequence(options, seed, DataPosition.Start, new BadSamples());
        return [.. Draw(sequence, 30).Select(draw => draw.Sample.Key)];
    }
}
