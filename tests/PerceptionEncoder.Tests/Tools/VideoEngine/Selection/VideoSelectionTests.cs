using System.Text.Json;
using System.Text.Json.Nodes;
using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Media.Images;
using PerceptionEncoder.Media.Video;
using PerceptionEncoder.Tensors;
using PerceptionEncoder.Tests.Data;
using PerceptionEncoder.Tests.Media.Video;
using PerceptionEncoder.Tools.VideoEngine.Selection;

namespace PerceptionEncoder.Tests.Tools.VideoEngine.Selection;

public sealed class VideoSelectionTests : IDisposable
{
    private readonly ShardFolder folder = new();

    public VideoSelectionTests() => TorchRuntime.Initialize();

    public void Dispose() => folder.Dispose();

    [SkippableFact]
    public void Clips_are_measured_once_and_chosen_as_often_as_limits_change()
    {
        GeneratedClip.SkipWithoutFFmpeg();
        Write();
        var summary = Run(options => options with { Keep = 1, Copy = true });
        var chosen = Lines();
        Assert.Equal(
            ["kept", "kept", "same pictures", "still", "black", "cuts", "unreadable", "kept", "unreadable"],
            chosen.Select(line => line.GetProperty("reason").GetString()));
        Assert.Equal((9L, 3L, 9L), (summary.Clips, summary.Kept, summary.Measured));
        var scores = chosen[0].GetProperty("scores");
        Assert.InRange(scores.GetProperty("difference").GetDouble(), 0.001, 0.5);
        Assert.Equal(2.0, chosen[0].GetProperty("duration").GetDouble(), 2);
        Assert.Equal($"{folder.PathOf("a.tar")}:0-slow", chosen[0].GetProperty("source").GetString());
        Assert.Equal(
            ["0-slow", "1-fast", "7-stored"],
            SampleReader.ReadShards(ShardOrder.Find(summary.Shards!), new BadSamples()).Select(sample => sample.Key));
        var copied = SampleReader.ReadShards(ShardOrder.Find(summary.Shards!), new BadSamples()).Select(sample =>
            JsonNode.Parse(sample.Members["json"].Span)!.AsObject()).ToArray();
        Assert.Equal(["0-slow", null, null], copied.Select(fields => fields["title"]?.GetValue<string>()));
        Assert.Equal(0.25, copied[0]["scores"]!["taste"]!.GetValue<double>());
        Assert.All(copied, fields => Assert.True(fields["scores"]!["difference"]!.GetValue<double>() > 0));
        Assert.Equal(chosen[0].GetProperty("score").GetDouble(), copied[0]["scores"]!["score"]!.GetValue<double>(), 5);
        var page = File.ReadAllText(summary.Report);
        Assert.Contains("Dropped: unreadable, 2 clips", page, StringComparison.Ordinal);
        Assert.Contains("data:image/jpeg;base64,", page, StringComparison.Ordinal);

        List<string> said = [];
        var again = Run(options => options with { Keep = 0.34 }, said.Add);
        Assert.Contains("of an earlier choice", Assert.Single(said), StringComparison.Ordinal);
        Assert.Equal((0L, 2L), (again.Measured, again.Kept));
        Assert.Equal(
            ["1-fast", "7-stored"],
            Lines().Where(line => line.GetProperty("keep").GetBoolean()).Select(line => line.GetProperty("key").GetString()));
    }

    [SkippableFact]
    public void A_killed_run_goes_on_behind_its_last_whole_line_and_other_settings_are_refused()
    {
        GeneratedClip.SkipWithoutFFmpeg();
        Write();
        Run(options => options);
        var (all, path) = (Lines().Select(line => line.GetRawText()).ToArray(), folder.PathOf("out/measures.jsonl"));
        var measures = File.ReadAllBytes(path);
        File.WriteAllBytes(path, measures[..(measures.Length / 2)]);
        var summary = Run(options => options);
        Assert.InRange(summary.Measured, 1, 8);
        Assert.Equal(all, Lines().Select(line => line.GetRawText()));
        var failure = Assert.Throws<UserErrorException>(() => MeasuresFile.Open(path, "8 frames by other.pt"));
        Assert.Contains("no checkpoint", Assert.Single(failure.Lines), StringComparison.Ordinal);
        using var held = MeasuresFile.Open(path, "no checkpoint");
        Assert.Contains("another pe", Assert.Throws<UserErrorException>(() => Run(options => options)).Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Clips_of_a_shard_that_was_written_anew_are_measured_anew()
    {
        GeneratedClip.SkipWithoutFFmpeg();
        WriteOne(1);
        Assert.Equal(1, Run(options => options).Measured);
        Assert.Equal(0, Run(options => options).Measured);
        var before = Lines()[0].GetProperty("scores").GetRawText();
        WriteOne(2);
        File.SetLastWriteTimeUtc(folder.PathOf("a.tar"), DateTime.UtcNow.AddMinutes(1));
        var summary = Run(options => options);
        Assert.Equal((1L, 1L), (summary.Clips, summary.Measured));
        Assert.NotEqual(before, Lines()[0].GetProperty("scores").GetRawText());
        Assert.Equal(0, Run(options => options).Measured);
        var isolated = new VideoSelection(
            new SelectionOptions { Shards = [folder.PathOf("a.tar")], Output = folder.PathOf("out") },
            new VideoReaderOptions { Isolated = true });
        Assert.Contains("isolated", Assert.Throws<UserErrorException>(() => isolated.Run(_ => { })).Message, StringComparison.Ordinal);

        void WriteOne(ulong seed)
        {
            using var writer = new ShardWriter(folder.PathOf("a.tar"));
            writer.Write("0", ("mov", Clip(MovingClip.Frames(24, 3, 3, seed))));
        }
    }

    [Fact]
    public void Measures_are_read_line_by_line_however_long_these_are()
    {
        var path = folder.PathOf("measures.jsonl");
        using (var file = MeasuresFile.Open(path, "no checkpoint"))
        {
            file.Add([.. Enumerable.Range(0, 40).Select(i => new MeasuredClip
            {
                Shard = "a.tar",
                Key = $"{i}",
                Embedding = [.. Enumerable.Repeat((byte)i, i * 5000)],
            })]);
        }

        File.AppendAllText(path, """{"shard": "a.tar", "key": "begun""");
        using var again = MeasuresFile.Open(path, "no checkpoint");
        Assert.Equal(
            Enumerable.Range(0, 40).Select(i => ($"{i}", i * 5000)),
            again.Clips.Select(clip => (clip.Key, clip.Embedding!.Length)));
        again.Add([new MeasuredClip { Shard = "a.tar", Key = "last" }]);
        again.Dispose();
        using var last = MeasuresFile.Open(path, "no checkpoint");
        Assert.Equal((41, "last"), (last.Clips.Count, last.Clips[^1].Key));
    }

    [SkippableFact]
    public void Cuts_of_a_long_montage_are_counted()
    {
        GeneratedClip.SkipWithoutFFmpeg();
        var scenes = MovingClip.Frames(1, 0, 0, 1).Concat(MovingClip.Frames(1, 0, 0, 2)).ToArray();
        using (var writer = new ShardWriter(folder.PathOf("a.tar")))
        {
            // A minute at 30 frames a second, of which a part is looked at, with 48 cuts.
            writer.Write("0", ("mov", QuickTimeFile.Encode([.. Enumerable.Range(0, 1800).Select(i => scenes[i / 37 % 2])], 30)));
        }

        Run(options => options with { MostStill = 1 });
        Assert.Equal("cuts", Lines()[0].GetProperty("reason").GetString());
        Assert.InRange(Lines()[0].GetProperty("scores").GetProperty("cuts").GetInt32(), 40, 56);
    }

    [SkippableFact]
    public void Labels_train_a_scorer_and_bad_ones_are_one_line()
    {
        GeneratedClip.SkipWithoutFFmpeg();
        using (var writer = new ShardWriter(folder.PathOf("a.tar")))
        {
            for (var i = 0; i < 12; i++)
            {
                writer.Write($"{i:D2}", ("mov", Clip(MovingClip.Frames(24, i, i, (ulong)i + 1))));
            }
        }

        File.WriteAllLines(
            folder.PathOf("labels.csv"),
            ["key,label", .. Enumerable.Range(0, 10).Select(i => $"{i:D2},{(i < 5 ? "bad" : "good")}"), "gone,1"]);
        var summary = Run(options => options with { Labels = folder.PathOf("labels.csv"), MostStill = 1 });
        Assert.Equal(10, summary.Scorer!.Examples);
        Assert.InRange(summary.Scorer.Auc, 0.7, 1);
        Assert.Contains(Lines(), line => line.GetProperty("key").GetString() == "11" && line.GetProperty("keep").GetBoolean());
        File.WriteAllLines(folder.PathOf("labels.csv"), ["key,label", "00,perhaps"]);
        var failure = Assert.Throws<UserErrorException>(() => Run(options => options with { Labels = folder.PathOf("labels.csv") }));
        Assert.Contains("labels.csv:2", Assert.Single(failure.Lines), StringComparison.Ordinal);
        failure = Assert.Throws<UserErrorException>(() => Run(options => options with { Keep = 3 }));
        Assert.Contains("--keep 3", failure.Message, StringComparison.Ordinal);
    }

    private SelectionSummary Run(Func<SelectionOptions, SelectionOptions> change, Action<string>? log = null)
        => new VideoSelection(change(new SelectionOptions
        {
            Shards = [folder.PathOf("a.tar")],
            Output = folder.PathOf("out"),
            MostSeconds = 60,
        })).Run(log ?? (_ => { }));

    private JsonElement[] Lines()
        => [.. File.ReadLines(folder.PathOf("out/selection.jsonl")).Select(line => JsonDocument.Parse(line).RootElement)];

    private static byte[] Clip(IReadOnlyList<DecodedImage> frames) => QuickTimeFile.Encode(frames, 12);

    private void Write()
    {
        var (slow, other) = (MovingClip.Frames(24, 1, 1), MovingClip.Frames(24, 1, 1, 9));
        var black = Enumerable.Repeat(MovingClip.Flat(0), 24).ToArray();
        using var writer = new ShardWriter(folder.PathOf("a.tar"));
        Write("0-slow", ("mov", Clip(slow)), ShardFolder.Member("json", """{"title": "0-slow", "scores": {"taste": 0.25, "cuts": 99}}"""));
        Write("1-fast", ("mov", Clip(MovingClip.Frames(24, 5, -5, 2))));
        Write("2-same", ("mov", Clip(slow[..22])));
        Write("3-still", ("mov", Clip(MovingClip.Frames(24, 0, 0, 4))));
        Write("4-black", ("mov", Clip([.. black.AsSpan(0, 20), .. other.AsSpan(0, 4)])));
        Write("5-cuts", ("mov", Clip([.. slow[..5], .. other[..5], .. slow[5..10], .. other[5..10], .. slow[10..15]])));
        Write("6-damaged", ("mp4", "no clip"u8.ToArray()));
        Write("7-stored", [.. MovingClip.Frames(3, 20, -20, 7).Select((frame, index)
            => (FrameMembers.Extension(index, "jpg"), (ReadOnlyMemory<byte>)JpegEncoder.Encode(frame)))]);
        Write("8-text", ShardFolder.Member("txt", "no clip"));

        void Write(string key, params (string, ReadOnlyMemory<byte>)[] members) => writer.Write(key, members);
    }
}
