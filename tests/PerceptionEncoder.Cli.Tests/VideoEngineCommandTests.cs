using System.Text.Json;
using PerceptionEncoder.Tests.Tools.VideoEngine;

namespace PerceptionEncoder.Cli.Tests;

/// <summary>
/// <c>pe video-engine run</c> as a user runs it, on clips that <c>pe data moving-scenes</c> renders; a scripted endpoint in the test's own
/// process stands in for a hosted model.
/// </summary>
public sealed class VideoEngineCommandTests : IDisposable
{
    private const int Clips = 24;
    private const int CallsOfClip = 4;
    private const int CallsAtOnce = 4;

    private static readonly int Kills = Environment.GetEnvironmentVariable("PE_ACCEPTANCE") == "1" ? 50 : 6;

    private readonly string folder = Directory.CreateTempSubdirectory("pe-engine-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [SkippableFact]
    public void A_run_captions_clips_and_says_what_it_did()
    {
        Render();
        using var endpoint = new ScriptedEndpoint(Caption);
        var config = Config(endpoint);
        var (code, plan, error) = PeProcess.Run("video-engine", "run", "--config", config, "--dry-run");
        Assert.True(code == 0, error);
        Assert.Contains("24 clips, 0 answers recorded", plan, StringComparison.Ordinal);
        Assert.Contains("48 calls of eyes", plan, StringComparison.Ordinal);
        Assert.Matches("in all +96 calls", plan);
        Assert.Empty(endpoint.Calls);

        var json = Path.Combine(folder, "summary.json");
        (code, var output, error) = PeProcess.Run("video-engine", "run", "--config", config, "--json", json);
        Assert.True(code == 0, error);
        Assert.Contains("24 of 24 clips captioned, 24 in 1 shard", output, StringComparison.Ordinal);
        using var summary = JsonDocument.Parse(File.ReadAllText(json));
        Assert.Equal(Clips * CallsOfClip, summary.RootElement.GetProperty("calls").GetInt32());

        // What was written is what training reads.
        var frames = Path.Combine(folder, "frames");
        (code, output, error) = PeProcess.Run(
            "data", "extract-frames", Path.Combine(folder, "run/shards"), "--output", frames, "--frames", "2");
        Assert.True(code == 0, error);
        Assert.Contains("24 clips (0 unreadable)", output, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Killed_at_any_moment_it_loses_and_repeats_no_finished_call()
    {
        Render();
        using var endpoint = new ScriptedEndpoint(call => Caption(call) with { Delay = TimeSpan.FromMilliseconds(150) });
        var config = Config(endpoint);
        var random = new Random(17);
        var (kept, made, came, lost, unkept, kills) = (0, 0, 0, 0, 0, 0);
        for (var kill = 0; kill < Kills; kill++)
        {
            using (var pe = PeProcess.Start("video-engine", "run", "--config", config))
            {
                // From before its first call on, and between any two later ones.
                var until = endpoint.Calls.Count + random.Next(0, Math.Max(2, 2 * Clips * CallsOfClip / Kills));
                SpinWait.SpinUntil(() => pe.HasExited || endpoint.Calls.Count >= until, TimeSpan.FromMinutes(1));
                Thread.Sleep(random.Next(0, 60));
                kills += pe.HasExited ? 0 : 1;
                pe.Signal("KILL");
                pe.Wait();
            }

            // Every call that was made is recorded, but for those that were under way.
            var (now, calls, delivered) = (Recorded(config), endpoint.Calls.Count, endpoint.Delivered);
            Assert.InRange(calls - made - (now - kept), 0, CallsAtOnce);
            lost += calls - made - (now - kept);
            unkept += Math.Max(0, delivered - came - (now - kept));
            (kept, made, came) = (now, calls, delivered);
        }

        // Of those under way, few had their reply already: it came within the few milliseconds before the kill.
        Assert.InRange(unkept, 0, Kills);
        Assert.True(kills > Kills / 2, $"only {kills} of {Kills} kills came before the run had ended");
        var (code, output, error) = PeProcess.Run("video-engine", "run", "--config", config);
        Assert.True(code == 0, error);
        Assert.Contains("24 of 24 clips captioned, 24 in", output, StringComparison.Ordinal);
        Assert.Equal(Clips * CallsOfClip, Recorded(config));
        Assert.Equal((Clips * CallsOfClip) + lost, endpoint.Calls.Count);
    }

    [SkippableFact]
    public void Ctrl_c_stops_at_once_and_the_same_command_goes_on()
    {
        Render();
        var delay = TimeSpan.FromMilliseconds(300);
        using var endpoint = new ScriptedEndpoint(call => Caption(call) with { Delay = delay });
        var config = Config(endpoint);
        using (var pe = PeProcess.Start("video-engine", "run", "--config", config))
        {
            Assert.True(SpinWait.SpinUntil(() => pe.HasExited || endpoint.Calls.Count > 12, TimeSpan.FromMinutes(1)));
            var (code, _, error) = pe.EndInTwoSeconds("INT");
            Assert.Equal(130, code);
            Assert.Contains("every answer that came is kept", error, StringComparison.Ordinal);
        }

        Assert.InRange(Recorded(config), 1, Clips * CallsOfClip);
        delay = TimeSpan.Zero;
        Assert.Equal(0, PeProcess.Run("video-engine", "run", "--config", config).ExitCode);
        Assert.InRange(endpoint.Calls.Count, Clips * CallsOfClip, (Clips * CallsOfClip) + CallsAtOnce);
    }

    [SkippableFact]
    public void A_full_disk_is_one_line_and_a_later_run_finishes_the_rest()
    {
        Render();
        using var endpoint = new ScriptedEndpoint(Caption);
        var config = Config(endpoint);

        // No file may grow beyond 48 KB, as on a full disk. (The runtime maps its own code through a larger file unless told otherwise.)
        using (var pe = PeProcess.StartFrom(
            "trap '' XFSZ; ulimit -f 48; export DOTNET_EnableWriteXorExecute=0; \"$@\"", "video-engine", "run", "--config", config))
        {
            var (code, _, error) = pe.Wait();
            Assert.Equal(2, code);
            var line = Assert.Single(error.TrimEnd().Split('\n'), line => line.StartsWith("pe: ", StringComparison.Ordinal));
            Assert.Contains("cannot be", line, StringComparison.Ordinal);
        }

        Assert.Empty(Directory.Exists(Path.Combine(folder, "run/shards"))
            ? Directory.GetFiles(Path.Combine(folder, "run/shards"), "*.tar")
            : []);
        var (after, output, _) = PeProcess.Run("video-engine", "run", "--config", config);
        Assert.Equal(0, after);
        Assert.Contains("24 of 24 clips captioned, 24 in 1 shard", output, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Real_clips_go_the_same_way()
    {
        var shared = Environment.GetEnvironmentVariable("PE_DATA_DIR") is { Length: > 0 } named
            ? named
            : Path.Combine(Repository.Root, "../shared/data");
        var data = Path.Combine(shared, "videos");
        Skip.IfNot(Directory.Exists(data), $"{data} is absent");
        SkipWithoutFFmpeg();
        using var endpoint = new ScriptedEndpoint(Caption);
        var config = Config(endpoint);
        var (code, output, error) = PeProcess.Run(
            "video-engine", "run", "--config", config, "--set", $"clips.path={data}", "clips.title=label", "shards.stored_frames=4");
        Assert.True(code == 0, error);
        Assert.Contains("25 of 25 clips captioned, 25 in 1 shard", output, StringComparison.Ordinal);
        Assert.Contains(endpoint.Calls, call => call.Text.Contains("\"title\": \"hitting baseball\"", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("captioners.clip.address=ftp://x", "captioners.clip.address")]
    [InlineData("captioners.clip.type=plm", "captioners.clip.checkpoint")]
    [InlineData("budget.money=1", "budget.money")]
    [InlineData("captioners.clip.modle=x", "did you mean 'model'?")]
    public void A_config_with_mistakes_is_refused(string set, string says)
    {
        var (code, _, error) = PeProcess.Run(
            "config", "check", Path.Combine(Repository.Root, "configs/video-engine/clips.yaml"), "--set", set);
        Assert.Equal(2, code);
        Assert.Contains(says, error, StringComparison.Ordinal);
    }

    private static ScriptedEndpoint.Reply Caption(ScriptedEndpoint.Call call)
        => ScriptedEndpoint.Says(call.IsSummary ? "A shape moves." : "A coloured shape moves over a plain ground.");

    private void Render()
    {
        SkipWithoutFFmpeg();
        var (code, _, error) = PeProcess.Run(
            "data", "moving-scenes", "--output", Path.Combine(folder, "scenes"), "--train", $"{Clips}", "--test", "1", "--size", "16");
        Assert.True(code == 0, error);
    }

    private string Config(ScriptedEndpoint endpoint)
    {
        var path = Path.Combine(folder, "engine.yaml");
        var captioner = $"address: \"{endpoint.Address}\", model: eyes, calls_at_once: {CallsAtOnce}";
        File.WriteAllText(path, $$"""
            run: {name: run, output: {{folder}} }
            clips: {path: {{folder}}/scenes/train, title: description }
            frames: {count: 2, of_clip: 3}
            captioners:
              frames: { {{captioner}} }
              clip: { {{captioner}} }
              summary: { {{captioner}} }
            clips_at_once: 2
            """);
        return path;
    }

    private int Recorded(string config)
    {
        var json = Path.Combine(folder, "plan.json");
        var (code, _, error) = PeProcess.Run("video-engine", "run", "--config", config, "--dry-run", "--json", json);
        Assert.True(code == 0, error);
        using var plan = JsonDocument.Parse(File.ReadAllText(json));
        return plan.RootElement.GetProperty("recorded").GetInt32();
    }

    private static void SkipWithoutFFmpeg()
        => Skip.If(
            !(Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(path => File.Exists(Path.Combine(path, "ffmpeg"))),
            "ffmpeg is not installed");
}
