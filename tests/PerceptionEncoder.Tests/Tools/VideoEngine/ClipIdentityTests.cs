using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Tools.VideoEngine;
using PerceptionEncoder.Tools.VideoEngine.Captioning;
using PerceptionEncoder.Tools.VideoEngine.Clips;
using PerceptionEncoder.Tools.VideoEngine.State;

namespace PerceptionEncoder.Tests.Tools.VideoEngine;

/// <summary>Which clip a key stands for, from one run to the next.</summary>
public sealed class ClipIdentityTests : IDisposable
{
    private readonly ClipFolder folder = new(3);

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Clips_of_one_name_in_two_folders_are_two_whatever_the_order_of_the_list()
    {
        foreach (var name in new[] { "x", "y" })
        {
            Directory.CreateDirectory(folder.PathOf(name));
            File.WriteAllText(folder.PathOf($"{name}/clip.mp4"), name == "x" ? "10" : "20");
            File.WriteAllText(folder.PathOf($"{name}/clip.json"), $$"""{"title": "{{name}}"}""");
        }

        using var endpoint = new ScriptedEndpoint(_ => ScriptedEndpoint.Says("A dog runs."));
        var config = Summaries(endpoint.Address) with { Clips = new ClipSourceOptions { Path = folder.PathOf("list.txt") } };
        File.WriteAllLines(folder.PathOf("list.txt"), ["x/clip.mp4", "y/clip.mp4"]);
        Assert.Equal(2, folder.Engine(config).Run(EngineStage.Summary).Captioned);
        File.WriteAllLines(folder.PathOf("list.txt"), ["y/clip.mp4", "x/clip.mp4"]);
        Assert.Equal(2, folder.Engine(config).Run().Written);
        Assert.Equal(2, endpoint.Calls.Count);
        Assert.Equal(["y/clip", "x/clip"], folder.Written().Select(sample => sample.Key));
        Assert.Equal("y", ClipFolder.Json(folder.Written()[0]).GetProperty("title").GetString());
    }

    [Fact]
    public void A_clip_that_comes_back_with_other_bytes_gets_nothing_of_the_old_ones_answers()
    {
        folder.Describe(1, new { title = "Rex" });
        using var endpoint = new ScriptedEndpoint(_ => ScriptedEndpoint.Says("A dog runs."));
        var config = Summaries(endpoint.Address);
        folder.Engine(config).Run(EngineStage.Summary);
        var path = Path.Combine(folder.Clips, "clip01.mp4");
        File.WriteAllText(path, "20");
        var summary = folder.Engine(config).Run();
        Assert.Equal((0L, 1L), (summary.Written, summary.Failed["clip was changed"]));

        File.WriteAllText(path, "10");
        summary = folder.Engine(config).Run();
        Assert.Equal(1, summary.Written);
        Assert.DoesNotContain("clip was changed", summary.Failed.Keys);
    }

    [Fact]
    public void Frames_and_summary_are_of_one_clip()
    {
        using var endpoint = new ScriptedEndpoint(_ => ScriptedEndpoint.Says("A dog runs."));
        var config = folder.Config(endpoint.Address);
        folder.Engine(config).Run(EngineStage.Frames);
        File.WriteAllText(Path.Combine(folder.Clips, "clip01.mp4"), "20");
        var summary = folder.Engine(config).Run();
        Assert.Equal((2L, 2L, 1L), (summary.Captioned, summary.Written, summary.Failed["clip was changed"]));
        Assert.Equal(6 + 4, endpoint.Calls.Count);
    }

    [Fact]
    public void A_folder_that_moves_keeps_its_answers()
    {
        using var endpoint = new ScriptedEndpoint(_ => ScriptedEndpoint.Says("A dog runs."));
        var config = folder.Config(endpoint.Address);
        folder.Engine(config).Run(EngineStage.Frames);
        Directory.Move(folder.Clips, folder.PathOf("moved"));
        config = config with { Clips = config.Clips with { Path = folder.PathOf("moved") } };
        var summary = folder.Engine(config).Run();
        Assert.Equal((3L, 12), (summary.Written, endpoint.Calls.Count));
        Assert.Empty(summary.Failed);
    }

    [Fact]
    public void A_key_that_comes_back_in_another_shard_is_another_clip()
    {
        using var endpoint = new ScriptedEndpoint(_ => ScriptedEndpoint.Says("A dog runs."));
        Write("0.tar");
        var config = folder.Config(endpoint.Address) with { Clips = new ClipSourceOptions { Path = folder.PathOf("shards/*.tar") } };
        Assert.Equal(1, folder.Engine(config).Run().Written);
        File.Delete(folder.PathOf("shards/0.tar"));
        Write("1.tar");
        var summary = folder.Engine(config).Run();
        Assert.Equal((0L, 1L), (summary.Captioned, summary.Failed["clip was changed"]));
        Assert.Equal(4, endpoint.Calls.Count);

        void Write(string name)
        {
            Directory.CreateDirectory(folder.PathOf("shards"));
            using var writer = new ShardWriter(folder.PathOf($"shards/{name}"));
            writer.Write("a", ("mp4", "10"u8.ToArray()));
        }
    }

    [Theory]
    [InlineData("""{"scores": {"motion": 1e999}}""")]
    [InlineData("""{"scores": {"motion": 1, "motion": 2}}""")]
    public void Scores_that_are_no_numbers_to_go_by_damage_the_metadata(string json)
    {
        File.WriteAllText(Path.Combine(folder.Clips, "clip01.json"), json);
        using (var writer = new ShardWriter(folder.PathOf("in.tar")))
        {
            writer.Write("a", ("mp4", "10"u8.ToArray()), ("json", System.Text.Encoding.UTF8.GetBytes(json)));
        }

        using var endpoint = new ScriptedEndpoint(_ => ScriptedEndpoint.Says("A dog runs."));
        var config = folder.Config(endpoint.Address);
        var summary = folder.Engine(config).Run();
        Assert.Equal((2L, 1L), (summary.Written, summary.Failed["damaged metadata"]));
        var shards = config with { Run = config.Run with { Name = "other" }, Clips = config.Clips with { Path = folder.PathOf("in.tar") } };
        Assert.Equal(1, folder.Engine(shards).Run().Failed["damaged metadata"]);
    }

    private VideoEngineConfig Summaries(string address)
    {
        var config = folder.Config(address);
        return config with { Captioners = new CaptionersOptions { Summary = config.Captioners.Summary } };
    }
}
