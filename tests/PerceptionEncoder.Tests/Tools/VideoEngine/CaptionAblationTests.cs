using PerceptionEncoder.Configuration;
using PerceptionEncoder.Recipes;
using PerceptionEncoder.Serialization;
using PerceptionEncoder.Tools.Ablation;
using PerceptionEncoder.Tools.Scenes.Moving;
using PerceptionEncoder.Tools.VideoEngine;
using PerceptionEncoder.Tools.VideoEngine.Captioning;
using PerceptionEncoder.Tools.VideoEngine.Clips;
using PerceptionEncoder.Training;
using Serilog.Core;
using Xunit.Abstractions;

namespace PerceptionEncoder.Tests.Tools.VideoEngine;

/// <summary>
/// What the parts of the video data engine are worth to the encoder that is finetuned on its captions [Tab. 2]: configs/ablation's two
/// studies, with <see cref="ScriptedModel"/> behind an endpoint in this process in place of models. Tables are left in
/// runs/caption-ablation.
/// </summary>
public sealed class CaptionAblationTests(ITestOutputHelper output)
{
    private const double Wrong = 0.4;
    private const double WrongWhenRefined = 0.1;

    private static readonly string Runs = Path.Combine(RepositoryPaths.Root, "runs");
    private static readonly string Folder = Path.Combine(Runs, "caption-ablation");

    /// <summary>Minutes; only where PE_ACCEPTANCE is set.</summary>
    [SkippableFact]
    public void On_the_embedded_clips()
    {
        Demand("demo", "scripts/demo.sh makes it");
        var scenes = Path.Combine(Folder, "moving-scenes");
        if (!Directory.Exists(scenes))
        {
            MovingSceneDataset.Write(scenes, trainCount: 2000, testCount: 160, seed: 17);
        }

        var tokenizer = Path.Combine(Runs, "scenes/tokenizer");
        Caption(
            "captions",
            "moving-scenes",
            [$"clips.path={scenes}/train/*.tar", $"answers.vocabulary={tokenizer}"],
            new ClipSourceOptions { Path = $"{scenes}/train/*.tar" },
            metadata => metadata.Description!.IndexOf(' ', metadata.Description.IndexOf(' ', 2) + 1) is var end
                ? (metadata.Description[..end], metadata.Description[(end + 1)..])
                : default);
        var rows = Train(
            "video-captions",
            [
                $"init={Runs}/demo",
                $"tokenizer.vocabulary={tokenizer}",
                $"evaluation.sets[0].data={scenes}/classification",
                $"evaluation.sets[1].data={scenes}/retrieval",
            ]);
        Assert.All(rows.Skip(1), row => Assert.True(row.Accuracy > rows[0].Accuracy, $"{row.Name} is no better than {rows[0].Name}"));
        Assert.True(rows[4].Sets[0].Value > rows[1].Sets[0].Value, "neither frames nor refinement help");
    }

    /// <summary>Minutes; only where PE_ACCEPTANCE is set.</summary>
    [SkippableFact]
    public void On_real_clips()
    {
        Demand("cifar10", "pe pretrain --config configs/pretrain/cifar10.yaml makes it");
        var data = RepositoryPaths.Data;
        Skip.IfNot(Directory.Exists($"{data}/videos"), $"no videos in {data}; set PE_DATA_DIR");
        var vocabulary = RepositoryPaths.Beside("shared/vocab/bpe_simple_vocab_16e6.txt.gz");
        Caption(
            "clips",
            "clips",
            [$"clips.path={data}/videos", $"answers.vocabulary={vocabulary}", "frames.short_side=64", "shards.stored_frames=8"],
            new ClipSourceOptions { Path = $"{data}/videos", Description = "caption" },
            metadata => (metadata.Description!, ""));       // told of the clip and of each frame, or that of another clip
        var rows = Train(
            "clip-captions",
            [
                $"init={Runs}/cifar10",
                $"tokenizer.vocabulary={vocabulary}",
                $"data.train[1].shards={data}/cifar10/{{00000..00004}}.tar",
                $"evaluation.sets[0].data={data}/videos",
                $"evaluation.sets[1].data={data}/cifar10-eval",
            ]);
        Assert.True(rows[1].Accuracy > rows[0].Accuracy, "captions of clips do not help");
        Assert.True(rows[2].Accuracy > rows[1].Accuracy, "captions of frames do not help");
        Assert.All([1, 2], row => Assert.True(rows[row + 2].Accuracy > rows[row].Accuracy, "refinement does not help"));
    }

    private static void Demand(string run, string otherwise)
    {
        Skip.If(
            string.IsNullOrEmpty(Environment.GetEnvironmentVariable("PE_ACCEPTANCE")),
            "an acceptance run of minutes: set PE_ACCEPTANCE=1");
        Skip.IfNot(Directory.Exists(Path.Combine(Runs, run)), $"runs/{run} is absent: {otherwise}");
    }

    /// <summary>Runs the engine once for each row, by its switches.</summary>
    private void Caption(
        string name,
        string config,
        string[] sets,
        ClipSourceOptions clips,
        Func<ClipMetadata, (string What, string Happening)> truth)
    {
        string[] all = [.. sets, $"run.output={Folder}", $"prompts={RepositoryPaths.Root}/configs/video-engine/prompts"];
        var path = Path.Combine(RepositoryPaths.Root, $"configs/video-engine/{config}.yaml");
        var known = ScriptedModel.Look(clips, ConfigLoader.Load<VideoEngineConfig>(path, all).Value.Frames, truth);
        (string Row, double Wrong, string[] Off)[] rows =
        [
            ("metadata", 0, ["frames", "clip"]), ("clip", Wrong, ["frames"]), ("frames", Wrong, []),
            ("clip-refined", WrongWhenRefined, ["frames"]), ("frames-refined", WrongWhenRefined, []),
        ];
        foreach (var (row, wrong, off) in rows)
        {
            using var endpoint = new ScriptedEndpoint(new ScriptedModel(known, wrong, seed: 17).Answer);
            string[] on = [.. new[] { "frames", "clip", "summary" }.Except(off)];
            var loaded = ConfigLoader.Load<VideoEngineConfig>(
                path,
                [
                    .. all,
                    $"run.name={name}-{row}",
                    .. on.Select(stage => $"captioners.{stage}.address={endpoint.Address}"),
                    .. off.Select(stage => $"captioners.{stage}=null"),
                ]).Value;
            var summary = new VideoEngineRun(loaded, output.WriteLine).Run();
            output.WriteLine($"{name}-{row}: {summary.Captioned} of {summary.Clips} clips, {endpoint.Calls.Count} calls");
            Assert.Equal((known.Count, known.Count), (summary.Captioned, summary.Written));
        }
    }

    /// <summary>Finetunes on what the engine wrote.</summary>
    private IReadOnlyList<AblationRow> Train(string name, string[] sets)
    {
        var path = Path.Combine(RepositoryPaths.Root, $"configs/ablation/{name}.yaml");
        var study = ConfigLoader.Load<AblationConfig>(path).Value;
        study = study with
        {
            Output = Folder,
            Steps = [.. study.Steps.Select(step => step with { Set = [.. step.Set.Select(Local), .. sets] })],
        };
        var rows = new AblationStudy<FinetuneVideoConfig>(study, path, Finetune).Run([], output.WriteLine, CancellationToken.None);
        output.WriteLine(File.ReadAllText(Path.Combine(Folder, name, "ablation.md")));
        return rows;

        static string Local(string set) => set.Replace("=runs/", $"={Folder}/", StringComparison.Ordinal);

        static void Finetune(FinetuneVideoConfig config)
        {
            using var folder = RunFolder.Open(config.Run);
            new FinetuneVideo(config, folder, Logger.None, _ => { }).Run(resume: true, CancellationToken.None);
        }
    }
}
