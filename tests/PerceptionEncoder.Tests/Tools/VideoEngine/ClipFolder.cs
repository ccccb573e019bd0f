using System.Text.Json;
using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Media.Images;
using PerceptionEncoder.Media.Video;
using PerceptionEncoder.Tools.VideoEngine;
using PerceptionEncoder.Tools.VideoEngine.Captioning;
using PerceptionEncoder.Tools.VideoEngine.Clips;
using PerceptionEncoder.Tools.VideoEngine.Output;

namespace PerceptionEncoder.Tests.Tools.VideoEngine;

/// <summary>A folder of clips that need no decoder, and runs of the engine on them.</summary>
internal sealed class ClipFolder : IDisposable
{
    public const string KeyVariable = "ENGINE_TEST_KEY";
    public const string Key = "sk-very-secret-key-of-a-test";

    private readonly string root = Directory.CreateTempSubdirectory("pe-engine-").FullName;

    /// <param name="clips">Clips of ten frames, <c>clip00</c> and on.</param>
    public ClipFolder(int clips)
    {
        Directory.CreateDirectory(Clips);
        for (var i = 0; i < clips; i++)
        {
            File.WriteAllText(Path.Combine(Clips, $"clip{i:D2}.mp4"), "10");
        }
    }

    public string Clips => Path.Combine(root, "clips");

    public string Run => Path.Combine(root, "run");

    public List<string> Log { get; } = [];

    public void Dispose() => Directory.Delete(root, recursive: true);

    public string PathOf(string name) => Path.Combine(root, name);

    /// <summary>Writes what is known of a clip.</summary>
    public void Describe(int clip, object metadata)
        => File.WriteAllText(Path.Combine(Clips, $"clip{clip:D2}.json"), JsonSerializer.Serialize(metadata));

    /// <summary>A config by which one endpoint does it all: two frames, the clip by three, and the summary.</summary>
    public VideoEngineConfig Config(string address)
    {
        var captioner = new CaptionerOptions { Address = address, Model = "seeing", Retries = 1, KeyVariable = KeyVariable, Timeout = 20 };
        return new VideoEngineConfig
        {
            Run = new EngineRunOptions { Name = "run", Output = root },
            Clips = new ClipSourceOptions { Path = Clips },
            Frames = new FrameOptions { Count = 2, OfClip = 3 },
            Captioners = new CaptionersOptions { Frames = captioner, Clip = captioner, Summary = captioner with { Model = "writing" } },
            Prompts = Path.Combine(RepositoryPaths.Root, "configs/video-engine/prompts"),
            ClipsAtOnce = 2,
            Shards = new ShardOutputOptions { Clips = 100 },
        };
    }

    public VideoEngineRun Engine(VideoEngineConfig config, string? key = Key)
        => new(config, Log.Add, new NumberedFrames(), name => name == KeyVariable ? key : null, TimeSpan.FromMilliseconds(1));

    /// <summary>What the shards hold.</summary>
    public IReadOnlyList<Sample> Written()
    {
        var shards = Path.Combine(Run, "shards");
        return Directory.Exists(shards)
            ? [.. SampleReader.ReadShards(Directory.GetFiles(shards, "*.tar").Order(StringComparer.Ordinal), new BadSamples())]
            : [];
    }

    public static JsonElement Json(Sample sample) => JsonSerializer.Deserialize<JsonElement>(sample.Members["json"].Span);

    /// <summary>Reads files whose text is their number of frames, a second each; frame i is grey 10 i.</summary>
    private sealed class NumberedFrames : IVideoReader
    {
        public VideoInfo Probe(string path, CancellationToken cancellation) => throw new InvalidOperationException("asked to probe");

        public DecodedClip Read(string path, FrameRequest request, CancellationToken cancellation)
            => File.Exists(path)
                ? Read(File.ReadAllBytes(path), request, cancellation)
                : throw new VideoException("unreadable file", path);

        public DecodedClip Read(ReadOnlySpan<byte> file, FrameRequest request, CancellationToken cancellation)
        {
            if (!int.TryParse(System.Text.Encoding.UTF8.GetString(file), out var total))
            {
                throw new VideoException("not a video", "words");
            }

            var indices = request.Select(total);
            return new DecodedClip(
                32,
                24,
                [.. indices.Select(index => new DecodedImage(32, 24, 3, [.. Enumerable.Repeat((byte)(10 * index), 32 * 24 * 3)], false))],
                indices,
                [.. indices.Select(index => (double)index)],
                total,
                total,
                Shortened: false);
        }
    }
}
