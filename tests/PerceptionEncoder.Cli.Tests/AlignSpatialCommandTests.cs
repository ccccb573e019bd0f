using System.Text.Json;

namespace PerceptionEncoder.Cli.Tests;

/// <summary>A small tower learns from an inner layer of its own, and from random weights in place of SAM.</summary>
public sealed class AlignSpatialCommandTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("spatial").FullName;

    public AlignSpatialCommandTests()
    {
        Succeed("data", "scenes", "--output", At("scenes"), "--train", "40", "--test", "8");
        SmallSegmentationFile.Write(At("sam.safetensors"));
        Succeed("tokenizer", "train", "--shards", At("scenes/train"), "--vocabulary-size", "600", "--output", At("words"));
        File.WriteAllText(At("core.yaml"), $$$"""
            run: {name: core, output: {{{At("runs")}}}, seed: 5}
            model:
              vision: {patch_size: 8, width: 16, layers: 3, heads: 2, pooling_heads: 2, output_dim: 8}
              text: {width: 16, layers: 1, heads: 2, output_dim: 8}
            tokenizer: {type: clip, vocabulary: "{{{At("words")}}}", context: 16}
            data: {train: [{shards: "{{{At("scenes/train")}}}"}], shuffle_window: 20}
            stages: [{resolution: 32, steps: 2, batch: 8}]
            precision: fp32
            """);
        Succeed("pretrain", "--config", At("core.yaml"));
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void A_run_stopped_on_its_way_goes_on_to_the_same_numbers_and_gives_the_published_names()
    {
        Succeed("data", "sam-logits", At("scenes/train"), "--checkpoint", At("sam.safetensors"), "--output", At("maps"), "--points", "2",
            "--grid", "4", "--precision", "fp32");
        string[] stored = ["--set", $"data.train[0].shards={At("maps")}", "--set", "maps={channels: 4}"];
        Succeed([.. Arguments("whole"), .. stored]);
        using (var pe = PeProcess.Start([.. Arguments("halves"), .. stored]))
        {
            while (!pe.HasExited && !(File.Exists(Metrics("halves"))
                && File.ReadAllText(Metrics("halves")).Contains("\"step\":9,", StringComparison.Ordinal)))
            {
                Thread.Sleep(1);
            }

            pe.Signal("TERM");
            Assert.Equal(143, pe.Wait().ExitCode);
        }

        Succeed([.. Arguments("halves"), .. stored, "--resume"]);
        Assert.Equal(File.ReadAllBytes(Weights("whole")), File.ReadAllBytes(Weights("halves")));
        Assert.Equal(Figures("whole", "loss"), Figures("halves", "loss"));
        foreach (var figure in new[] { "core_loss", "core_similarity", "local_loss", "token_similarity", "teacher_similarity" })
        {
            Assert.Equal(60, Figures("whole", figure).Count);
        }

        Succeed("checkpoint", "convert", At("runs/whole"), At("tower.pt"), "--to", "meta");
        var names = Succeed("checkpoint", "inspect", At("tower.pt"));
        Assert.Contains("transformer.resblocks.2.ls_2.gamma", names, StringComparison.Ordinal);
        Assert.DoesNotContain("visual.", names, StringComparison.Ordinal);
        Assert.DoesNotContain("ln_post", names, StringComparison.Ordinal);
        Assert.DoesNotContain("mask_token", names, StringComparison.Ordinal);
    }

    [Fact]
    public void Maps_made_on_the_way_are_those_that_are_stored()
    {
        string[] still = ["--set", "augmentation=null", "--set", "stages[0].steps=3"];
        Succeed("data", "sam-logits", At("scenes/train"), "--checkpoint", At("sam.safetensors"), "--output", At("maps"), "--points", "2",
            "--grid", "4", "--precision", "fp32");
        Succeed([.. Arguments("made"), .. still]);
        Succeed([.. Arguments("kept"), .. still, "--set", $"data.train[0].shards={At("maps")}", "--set", "maps={channels: 4}"]);
        var (made, kept) = (Figures("made", "teacher_similarity"), Figures("kept", "teacher_similarity"));
        Assert.Equal(made.Keys, kept.Keys);

        // Pictures are 64 pixels wide on disk, and 32 as the student and a teacher on the way see them.
        Assert.All(made, step => Assert.Equal(step.Value, kept[step.Key], 0.05));
    }

    [SkippableFact]
    public void Two_ranks_train_to_the_losses_of_one()
    {
        // DropPath draws by micro-batch.
        string[] shorter = ["--set", "stages[0].steps=8", "--set", "optimizer.eps=1e-3", "--set", "model.drop_path=0"];
        Succeed([.. Arguments("alone"), .. shorter]);
        var (code, output, error) = MpiPe.Run(2, [.. Arguments("two"), .. shorter]);
        Assert.True(code == 0, output + error);
        foreach (var figure in new[] { "loss", "core_loss", "local_loss", "token_similarity" })
        {
            var (one, two) = (Figures("alone", figure), Figures("two", figure));
            Assert.Equal(8, one.Count);
            Assert.Equal(one.Keys, two.Keys);
            Assert.All(one, step => Assert.Equal(step.Value, two[step.Key], 1e-5 * Math.Abs(step.Value)));
        }
    }

    [Fact]
    public void Each_part_can_be_switched_off_and_a_smaller_tower_follows_a_larger()
    {
        Succeed([.. Arguments("self"), "--set", "losses.local_weight=0", "--set", "maps=null", "--set", "stages[0].steps=2"]);
        Assert.Empty(Figures("self", "local_loss"));
        Succeed([.. Arguments("maps-only"), "--set", "losses.core_weight=0", "--set", "teacher=null", "--set", "stages[0].steps=2"]);
        Assert.Empty(Figures("maps-only", "core_loss"));
        string[] smaller =
        [
            "--set", "model={vision: {patch_size: 4, width: 8, layers: 1, heads: 2, use_class_token: false}, layer_scale: null}",
            "--set", $"teacher={{checkpoint: {At("runs/self")}, layer: -1, resolution: 32}}",
            "--set", "losses={pairs: tokens, sharpness: null}", "--set", "maps=null",
            "--set", "stages=[{resolution: 16, steps: 2, batch: 8}]",
        ];
        Succeed([.. Arguments("smaller"), .. smaller]);
        Assert.Equal(2, Figures("smaller", "core_similarity").Count);
        Assert.Equal(2, Figures("smaller", "teacher_similarity").Count);
    }

    [Fact]
    public void What_does_not_fit_together_is_one_line()
    {
        Assert.Contains("has layers 0 to 2, and teacher.layer is 3", Refuse("--set", "teacher.layer=3"));
        Assert.Contains("say where the maps", Refuse("--set", "maps=null"));
        Assert.Contains("name the layer that is learned from", Refuse("--set", "teacher=null"));
        Assert.Contains("nothing would be learned", Refuse("--set", "losses={core_weight: 0, local_weight: 0}"));
        Assert.Contains("name its checkpoint too", Refuse("--set", "teacher.preset=PE-Spatial-G14-448"));
        Assert.Contains(
            "is 16 wide with 3 layers",
            Refuse("--set", $"teacher={{preset: PE-Spatial-G14-448, checkpoint: {At("runs/core")}, layer: 1}}"));
        Assert.Contains("segmentation model", Refuse("--set", $"maps.checkpoint={At("runs/core")}"));
        Assert.Contains("contrastive model or its vision tower", Refuse("--set", $"teacher.checkpoint={At("sam.safetensors")}"));
        Assert.Contains(
            "sees 8 patches a side and the student 4 at 32 px. Set teacher.resolution: 32",
            Refuse("--set", "teacher.resolution=64"));
        Assert.Contains("missing teacher map", Refuse("--set", "maps={channels: 4}"));
    }

    private string Refuse(params string[] changes)
    {
        var (code, _, error) = PeProcess.Run([.. Arguments("refused"), .. changes]);
        Assert.Equal(2, code);
        return error.TrimEnd().Split('\n')[^1];
    }

    private string[] Arguments(string name)
    {
        File.WriteAllText(At($"{name}.yaml"), $$$"""
            run: {name: {{{name}}}, output: {{{At("runs")}}}, seed: 5, log_every: 1}
            model: {checkpoint: {{{At("runs/core")}}}}
            teacher: {layer: 1}
            maps: {checkpoint: {{{At("sam.safetensors")}}}, points_per_side: 2}
            mask: {ratio: 0.5}
            data: {train: [{shards: "{{{At("scenes/train")}}}"}], shuffle_window: 20}
            stages: [{resolution: 32, steps: 60, batch: 8, micro_batch: 4}]
            precision: fp32
            checkpoint: {every: 4, keep: 2}
            """);
        return ["align", "spatial", "--config", At($"{name}.yaml")];
    }

    private Dictionary<long, double> Figures(string name, string figure) => File.ReadLines(Metrics(name))
        .Select(line => JsonDocument.Parse(line).RootElement)
        .Where(line => line.TryGetProperty(figure, out _))
        .GroupBy(line => line.GetProperty("step").GetInt64(), line => line.GetProperty(figure).GetDouble())
        .ToDictionary(step => step.Key, step => step.Last());

    private string Metrics(string name) => At($"runs/{name}/metrics.jsonl");

    private string Weights(string name) => At($"runs/{name}/checkpoints/step-000060/model.safetensors");

    private string At(string path) => Path.Combine(folder, path);

    private static string Succeed(params string[] arguments)
    {
        var (code, output, error) = PeProcess.Run(arguments);
        Assert.True(code == 0, output + error);
        return output;
    }
}
