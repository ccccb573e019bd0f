using CsCheck;
using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Tensors;
using PerceptionEncoder.Tools.VideoEngine.Selection;

namespace PerceptionEncoder.Tests.Tools.VideoEngine.Selection;

public sealed class ClipChoiceTests
{
    private static readonly SelectionOptions Options = new() { Shards = [], Output = "" };

    public ClipChoiceTests() => TorchRuntime.Initialize();

    [Fact]
    public void Each_rule_drops_what_breaks_it_and_says_why()
    {
        MeasuredClip[] clips =
        [
            Clip(0), Clip(1) with { Problem = "damaged clip: x", Frames = null }, Clip(2) with { Seconds = 0.4 },
            Clip(3) with { Seconds = 500 }, Clip(4) with { Frames = Frames with { Black = 0.8 } },
            Clip(5) with { Frames = Frames with { Still = 0.95 } }, Clip(6) with { Frames = Frames with { Cuts = 4 } },
            Clip(7) with { Seconds = 0 },
        ];
        var chosen = new ClipChoice(Options with { Keep = 1 }, clips).Choose(null, default);
        Assert.Equal(
            ["kept", "unreadable", "too short", "too long", "black", "still", "cuts", "kept"],
            chosen.Select(clip => clip.Reason));
        Assert.Equal([true, false, false, false, false, false, false, true], chosen.Select(clip => clip.IsKept));
    }

    [Fact]
    public void Of_the_same_pictures_the_largest_stays()
    {
        MeasuredClip[] clips = [Clip(0) with { Hashes = [1, 2, 4] }, Clip(1), Clip(2) with { Hashes = [3, 2, 4], Width = 1000 }];
        var chosen = new ClipChoice(Options with { Keep = 1 }, clips).Choose(null, default);
        Assert.Equal(["same pictures", "kept", "kept"], chosen.Select(clip => clip.Reason));
        Assert.Equal(clips[2].Source, chosen[0].DuplicateOf);
        chosen = new ClipChoice(Options with { Keep = 1, HashDistance = -1 }, clips).Choose(null, default);
        Assert.All(chosen, clip => Assert.True(clip.IsKept));
    }

    [Fact]
    public void The_share_that_is_kept_is_that_of_each_kind_and_the_best_of_it()
    {
        // Two kinds by their features; within each, motion rises with the number.
        var clips = Enumerable.Range(0, 30)
            .Select(i => Clip(i) with { Motion = i / 100.0, Embedding = Feature(i < 20 ? 0 : 1, i) }).ToArray();
        var choice = new ClipChoice(Options with { Keep = 0.25, Clusters = 2, Cosine = 2 }, clips);
        var chosen = choice.Choose(null, default);
        Assert.Equal(2, choice.Clusters);
        Assert.Equal([15, 16, 17, 18, 19, 27, 28, 29], Enumerable.Range(0, 30).Where(i => chosen[i].IsKept));
        Assert.All(chosen.Take(20), clip => Assert.Equal(0, clip.Cluster));
        Assert.All(chosen.Skip(20), clip => Assert.Equal(1, clip.Cluster));
        Assert.Equal(1, chosen[19].Rank);
        Assert.Equal(20, chosen[0].Rank);
        var again = new ClipChoice(Options with { Keep = 0.25, Clusters = 2, Cosine = 2 }, clips).Choose(null, default);
        Assert.Equal(chosen.Select(clip => clip.ToJson()), again.Select(clip => clip.ToJson()));
    }

    [Fact]
    public void What_shows_the_same_comes_once()
    {
        var clips = Enumerable.Range(0, 6).Select(i => Clip(i) with { Embedding = Feature(i / 2, 0), Seconds = 5 + i }).ToArray();
        var chosen = new ClipChoice(Options with { Keep = 1 }, clips).Choose(null, default);
        Assert.Equal(
            ["same content", "kept", "same content", "kept", "same content", "kept"],
            chosen.Select(clip => clip.Reason));
    }

    [Fact]
    public void The_clip_that_stays_is_named_even_where_the_one_between_has_gone_for_it()
    {
        MeasuredClip[] clips =
        [
            Clip(0) with { Embedding = Feature(0, 0), Width = 100 },
            Clip(0) with { Key = "copy", Embedding = Feature(3, 0), Width = 200 },
            Clip(2) with { Embedding = Feature(3, 0), Width = 300 },
        ];
        var chosen = new ClipChoice(Options with { Keep = 1 }, clips).Choose(null, default);
        Assert.Equal(["same pictures", "same content", "kept"], chosen.Select(clip => clip.Reason));
        Assert.Equal([clips[2].Source, clips[2].Source, null], chosen.Select(clip => clip.DuplicateOf));
        Assert.Equal("as 002", chosen[0].Detail);
    }

    [Fact]
    public void Copies_are_in_one_part_of_cross_validation_so_that_none_is_told_by_another()
    {
        // Twelve different clips, ten of each, with features and labels that have nothing to do with each other.
        var clips = Enumerable.Range(0, 120).Select(i => Clip(i / 10) with { Key = $"{i}", Embedding = Direction(i / 10) }).ToArray();
        var labels = Enumerable.Range(0, 120).ToDictionary(i => i, i => SampleRandom.Mix((ulong)(i / 10), 3) % 2 == 0);
        Assert.InRange(ClipScorer.Train(clips, labels, Options with { HashDistance = -1, Cosine = 2 }, default).Auc, 0, 0.9);
        var apart = clips.Select((clip, i) => clip with { Hashes = Clip(i).Hashes }).ToArray();
        Assert.InRange(ClipScorer.Train(apart, labels, Options, default).Auc, 0, 0.9);

        static byte[] Direction(int number)
        {
            var random = new SampleRandom((ulong)number + 40);
            var numbers = Enumerable.Range(0, 64).Select(_ => (float)random.NextUnit() - 0.5f).ToArray();
            var length = MathF.Sqrt(numbers.Sum(each => each * each));
            return [.. numbers.SelectMany(each => BitConverter.GetBytes((Half)(each / length)))];
        }
    }

    [Fact]
    public void A_scorer_learns_what_is_labelled_and_says_how_well()
    {
        var random = new SampleRandom(5);
        var clips = Enumerable.Range(0, 200)
            .Select(i => Clip(i) with { Motion = random.NextUnit() / 10, Frames = Frames with { Brightness = random.NextUnit() } })
            .ToArray();
        var labels = Enumerable.Range(0, 100).ToDictionary(i => i, i => clips[i].Frames!.Brightness > 0.5);
        var scorer = ClipScorer.Train(clips, labels, Options, default);
        Assert.InRange(scorer.Auc, 0.95, 1);
        Assert.Equal(100, scorer.Examples);
        Assert.InRange(
            ClipScorer.Area([.. Enumerable.Range(100, 100).Select(i => (scorer[i], clips[i].Frames!.Brightness > 0.5))]),
            0.97,
            1);
        var noise = ClipScorer.Train(clips, Enumerable.Range(0, 100).ToDictionary(i => i, i => i % 2 == 0), Options, default);
        Assert.InRange(noise.Auc, 0.3, 0.7);
        var chosen = new ClipChoice(Options with { Keep = 0.5 }, clips).Choose(scorer, default);
        Assert.InRange(chosen.Count(clip => clip.IsKept && clip.Clip.Frames!.Brightness > 0.5), 80, 100);
        var few = Assert.Throws<UserErrorException>(
            () => ClipScorer.Train(clips, new Dictionary<int, bool> { [0] = true }, Options, default));
        Assert.Contains("1 good and 0 bad", Assert.Single(few.Lines), StringComparison.Ordinal);
    }

    [Fact]
    public void The_area_is_the_share_of_pairs_in_the_right_order()
        => Gen.Select(Gen.Int[0, 6], Gen.Bool).Array[2, 30].Sample(examples =>
        {
            var good = examples.Where(example => example.Item2).ToArray();
            var bad = examples.Where(example => !example.Item2).ToArray();
            var pairs = good.SelectMany(one => bad.Select(other => one.Item1 > other.Item1 ? 1 : one.Item1 == other.Item1 ? 0.5 : 0))
                .ToArray();
            var area = ClipScorer.Area([.. examples.Select(example => ((double)example.Item1, example.Item2))]);
            return pairs.Length == 0 ? double.IsNaN(area) : Math.Abs(area - pairs.Average()) < 1e-9;
        });

    private static FrameMeasures Frames => new(0.05, 0, 0, 0, 0.5);

    private static MeasuredClip Clip(int number) => new()
    {
        Shard = "s.tar",
        Key = $"{number:D3}",
        Seconds = 5,
        Width = 320,
        Height = 240,
        Motion = 0.02,
        MotionVariance = 0.001,
        Frames = Frames,
        Hashes = [.. Enumerable.Range(0, 3).Select(word => SampleRandom.Mix((ulong)number, (ulong)word))],
    };

    /// <summary>A direction of its own for each kind, and a little of the clip's.</summary>
    private static byte[] Feature(int kind, int clip)
    {
        var numbers = new float[16];
        (numbers[kind], numbers[8 + (clip % 8)]) = (1, clip == 0 ? 0 : 0.2f);
        var length = MathF.Sqrt(numbers.Sum(number => number * number));
        return [.. numbers.SelectMany(number => BitConverter.GetBytes((Half)(number / length)))];
    }
}
