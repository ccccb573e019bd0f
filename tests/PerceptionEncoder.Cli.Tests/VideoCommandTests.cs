using System.Diagnostics;
using System.Formats.Tar;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace PerceptionEncoder.Cli.Tests;

/// <summary>
/// Clips from rendering to finetuning and evaluation, as a user handles them; and what becomes of decoders whose parent dies.
/// </summary>
public sealed class VideoCommandTests(TrainedRun trained) : IClassFixture<TrainedRun>
{
    [SkippableFact]
    public void Clips_are_rendered_extracted_finetuned_on_and_evaluated()
    {
        SkipWithoutFFmpeg();
        var clips = trained.At("moving");
        Succeed("data", "moving-scenes", "--output", clips, "--train", "24", "--test", "8", "--size", "16");
        Assert.Contains(
            "24 clips (0 unreadable) in 1 shards",
            Succeed("data", "extract-frames", $"{clips}/train", "--output", trained.At("frames"), "--frames", "3", "--format", "png"),
            StringComparison.Ordinal);

        // Clips and their frames, stored without loss, are the same training data.
        var (fromVideo, fromFrames) = (Finetune("video", $"{clips}/train"), Finetune("stored", trained.At("frames")));
        Assert.Equal(4, fromVideo.Length);
        Assert.Equal(fromVideo, fromFrames);

        // In a process of their own they decode to the same bytes.
        Succeed(
            "data", "extract-frames", $"{clips}/train", "--output", trained.At("isolated"), "--frames", "3", "--format", "png",
            "--isolate-decoder");
        Assert.Equal(
            File.ReadAllBytes(Directory.GetFiles(trained.At("frames"), "*.tar").Single()),
            File.ReadAllBytes(Directory.GetFiles(trained.At("isolated"), "*.tar").Single()));
    }

    /// <summary>
    /// The published figures worked out from the features that <c>pe encode</c> gives: of single frames for classification, of whole clips
    /// for retrieval.
    /// </summary>
    [SkippableFact]
    public void Figures_of_clips_are_those_of_the_published_formulas_on_the_encoded_features()
    {
        SkipWithoutFFmpeg();
        const int Frames = 4;
        var (clips, classes) = (trained.At("figures"), trained.At("figures/classification"));
        Succeed("data", "moving-scenes", "--output", clips, "--train", "8", "--test", "24", "--size", "16");

        // Zero-shot: the mean of the frames' raw features, scaled, against the scaled mean of the class's scaled prompts.
        Succeed(
            "data", "extract-frames", $"{classes}/test", "--output", trained.At("figures/frames"), "--frames", $"{Frames}", "--format",
            "png");
        var stored = Directory.CreateDirectory(trained.At("figures/stored")).FullName;
        TarFile.ExtractToDirectory(Assert.Single(Directory.GetFiles(trained.At("figures/frames"), "*.tar")), stored, overwriteFiles: true);
        int[] labels = [.. Directory.GetFiles(stored, "*.cls")
            .Order(StringComparer.Ordinal)
            .Select(path => int.Parse(File.ReadAllText(path), System.Globalization.CultureInfo.InvariantCulture))];
        var (names, templates) =
            (File.ReadAllLines($"{classes}/classnames.txt"), File.ReadAllLines($"{classes}/zeroshot_classification_templates.txt"));
        File.WriteAllLines(
            trained.At("prompts.txt"),
            names.SelectMany(name => templates.Select(template => template.Replace("{c}", name, StringComparison.Ordinal))));
        var weights = Encode("texts", trained.At("prompts.txt"))
            .Chunk(templates.Length)
            .Select(prompts => Unit(Mean([.. prompts.Select(Unit)]))).ToArray();
        var hits = Encode("images", stored)
            .Chunk(Frames)
            .Select(Mean)
            .Zip(labels, (clip, label) => weights.Select(weight => Dot(clip, weight)).Index().MaxBy(score => score.Item).Index == label);
        Assert.Equal(24, labels.Length);
        Assert.Equal(hits.Average(hit => hit ? 1.0 : 0), Evaluate("zeroshot", classes, Frames)["acc1"], 1e-12);

        // Retrieval: the mean of the frames' unit features as it is. A clip and its reverse have one feature: such ties may fall either
        // way.
        var retrieval = $"{clips}/retrieval/test/0.tar";
        var (videos, captions) = (Encode("videos", retrieval, "--frames", $"{Frames}"), Encode("texts", retrieval).Select(Unit).ToArray());
        var metrics = Evaluate("retrieval", $"{clips}/retrieval", Frames);
        foreach (var k in new[] { 1, 5, 10 })
        {
            Assert.InRange(
                metrics[$"image_retrieval_recall@{k}"],
                Recall(captions, videos, k, tie: 1),
                Recall(captions, videos, k, tie: -1));
            Assert.InRange(
                metrics[$"text_retrieval_recall@{k}"],
                Recall(videos, captions, k, tie: 1),
                Recall(videos, captions, k, tie: -1));
        }

        Assert.InRange(metrics["image_retrieval_recall@10"], 1.0 / 24, 1);

        double[][] Encode(string kind, string input, params string[] options)
        {
            Succeed(["encode", kind, input, "--checkpoint", trained.Run, "--output", trained.At($"{kind}.npy"), .. options]);
            var rows = ReadNpy(trained.At($"{kind}.npy"));
            File.Delete(trained.At($"{kind}.npy"));
            return rows;
        }
    }

    [SkippableTheory]
    [InlineData("KILL", false)]
    [InlineData("INT", false)]
    [InlineData("KILL", true)]
    [InlineData("INT", true)]
    public void No_decoder_outlives_its_parent(string signal, bool isolated)
    {
        SkipWithoutFFmpeg();
        var folder = Directory.CreateDirectory(trained.At($"long-{signal}-{isolated}")).FullName;

        // With two streams, so that a child process decodes it.
        FFmpeg(
            "-f", "lavfi", "-i", "testsrc2=s=320x240:r=25", "-map", "0:v", "-map", "0:v", "-frames:v", "400", "-c:v", "mpeg4",
            Path.Combine(folder, "0.mkv"));
        for (var i = 1; i < 60; i++)
        {
            File.CreateSymbolicLink(Path.Combine(folder, $"{i}.mkv"), "0.mkv");
        }

        using var pe = PeProcess.Start([
            "encode", "videos", folder, "--checkpoint", trained.Run, "--output", trained.At($"long-{signal}-{isolated}.npy"),
            .. isolated ? ["--isolate-decoder"] : Array.Empty<string>(),
        ]);
        Assert.True(SpinWait.SpinUntil(() => Decoders(folder) > 0 || pe.HasExited, TimeSpan.FromMinutes(1)) && !pe.HasExited);
        pe.EndInTwoSeconds(signal);
        Assert.True(SpinWait.SpinUntil(() => Decoders(folder) == 0, TimeSpan.FromSeconds(20)), "a decoder still runs");
    }

    private string[] Finetune(string name, string shards)
    {
        var config = trained.At($"{name}.yaml");
        var run = File.ReadAllText(Path.Combine(trained.Run, "config.yaml"));
        File.WriteAllText(config, $$"""
            run: {name: {{name}}, output: {{Path.GetDirectoryName(trained.Run)}}, seed: 3, log_every: 1}
            model:
            {{Section(run, "model")}}
            tokenizer:
            {{Section(run, "tokenizer")}}
            init: {{trained.Run}}
            frames: 3
            micro_frames: 4
            data:
              workers: 1
              train:
                - {shards: {{shards}}, media: video, captions: [txt, json.description], caption_weights: [1, 1]}
                - {shards: {{trained.Scenes}}/train, media: image, weight: 0.5}
            stages:
              - {resolution: 16, steps: 1, batch: 4, media: image, cooldown_rate: 1e-4}
              - {resolution: 16, steps: 2, batch: 4, micro_batch: 2, media: video}
              - {resolution: 16, steps: 1, batch: 4}
            optimizer: {learning_rate: 1e-4}
            evaluation:
              sets: [{type: retrieval, name: moving, data: {{trained.At("moving")}}/retrieval, frames: 3}]
            """);
        Succeed("finetune-video", "--config", config);
        var lines = File.ReadLines(Path.Combine(Path.GetDirectoryName(trained.Run)!, name, "metrics.jsonl"));
        return [.. lines.Where(line => line.Contains("\"loss\"", StringComparison.Ordinal)).Select(line =>
        {
            using var metrics = JsonDocument.Parse(line);
            return metrics.RootElement.GetProperty("loss").GetRawText();
        })];
    }

    /// <summary>The indented lines under a key of a YAML file.</summary>
    private static string Section(string yaml, string key)
        => string.Join('\n', yaml.Split('\n').SkipWhile(line => line != $"{key}:").Skip(1).TakeWhile(line => line.StartsWith(' ')));

    private Dictionary<string, double> Evaluate(string task, string data, int frames)
    {
        var json = trained.At($"{task}.json");
        Succeed(
            "eval", task, "moving-scenes", "--checkpoint", trained.Run, "--data", data, "--frames", $"{frames}", "--transform", "squash",
            "--json", json);
        using var result = JsonDocument.Parse(File.ReadAllText(json));
        return result.RootElement.GetProperty("metrics").EnumerateObject()
            .ToDictionary(metric => metric.Name, metric => metric.Value.GetDouble());
    }

    /// <summary>
    /// Share of the queries whose own item is among the best k; scores within rounding of the item's count as above it where tie is 1,
    /// below where it is -1.
    /// </summary>
    private static double Recall(double[][] queries, double[][] items, int k, int tie) => queries.Index().Average(query =>
        items.Index().Count(
            other => other.Index != query.Index && Dot(query.Item, other.Item) + (tie * 1e-5) > Dot(query.Item, items[query.Index])) < k
            ? 1.0
            : 0);

    private static double[] Mean(double[][] rows)
        => [.. Enumerable.Range(0, rows[0].Length).Select(channel => rows.Average(row => row[channel]))];

    private static double[] Unit(double[] row) => [.. row.Select(value => value / Math.Sqrt(Dot(row, row)))];

    private static double Dot(double[] one, double[] other) => one.Zip(other, (a, b) => a * b).Sum();

    private static double[][] ReadNpy(string path)
    {
        var bytes = File.ReadAllBytes(path);
        var length = BitConverter.ToUInt16(bytes, 8);
        var shape = System.Text.Encoding.ASCII.GetString(bytes, 10, length)
            .Split('(', ')')[1]
            .Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var values = MemoryMarshal.Cast<byte, float>(bytes.AsSpan(10 + length)).ToArray();
        return [.. values.Select(value => (double)value).Chunk(int.Parse(shape[^1], System.Globalization.CultureInfo.InvariantCulture))];
    }

    private static string Succeed(params string[] arguments)
    {
        var (code, output, error) = PeProcess.Run(arguments);
        Assert.True(code == 0, $"pe {string.Join(' ', arguments)} ended with {code}:\n{output}\n{error}");
        return output;
    }

    /// <summary>Processes of ffmpeg that were given a file of this folder.</summary>
    private static int Decoders(string folder) => Directory.GetDirectories("/proc").Count(process =>
    {
        try
        {
            var command = File.ReadAllText(Path.Combine(process, "cmdline"));
            return Path.GetFileName(command.Split('\0')[0]) is "ffmpeg" or "ffprobe" && command.Contains(folder, StringComparison.Ordinal);
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    });

    private static void SkipWithoutFFmpeg()
        => Skip.If(
            !(Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(folder => File.Exists(Path.Combine(folder, "ffmpeg"))),
            "ffmpeg is not installed");

    private static void FFmpeg(params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo("ffmpeg", ["-nostdin", "-y", "-loglevel", "error", .. arguments]))!;
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }
}
