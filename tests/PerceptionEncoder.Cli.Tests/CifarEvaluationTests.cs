using System.Text.Json;

namespace PerceptionEncoder.Cli.Tests;

/// <summary>A model trained on CIFAR-10 for seconds, evaluated on the real sets from end to end.</summary>
public sealed class CifarEvaluationTests : IDisposable
{
    private const double Chance = 0.1;
    private const int Images = 2000;

    private static readonly string Data = Environment.GetEnvironmentVariable("PE_DATA_DIR") is { Length: > 0 } named
        ? named
        : Path.GetFullPath(Path.Combine(Repository.Root, "../shared/data"));

    private readonly string folder = Directory.CreateTempSubdirectory("pe-cifar-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [SkippableFact]
    public void A_trained_model_is_above_chance_on_its_own_kind_of_images_and_measurable_on_all()
    {
        Skip.IfNot(Directory.Exists(Path.Combine(Data, "cifar10")), $"no cifar10 in {Data}; set PE_DATA_DIR");
        Train();
        var prompts = Path.Combine(folder, "prompts.yaml");
        File.WriteAllText(prompts, "templates: ['a photo of a {c}.']\n");
        var (classified, retrieved) = (Path.Combine(folder, "classified.json"), Path.Combine(folder, "retrieved.json"));

        Succeed(
            "eval", "zeroshot", "cifar10-eval", "imagenet-sample", "--checkpoint", $"{folder}/cifar", "--data", Data, "--prompts", prompts,
            "--json", classified);
        Succeed(
            "eval", "retrieval", "flickr8k", "--checkpoint", $"{folder}/cifar", "--data", $"{Data}/flickr8k-retrieval", "--json",
            retrieved);

        using var ofCifar = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "classified", "cifar10-eval.json")));
        using var ofImageNet = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "classified", "imagenet-sample.json")));
        var (cifar, imagenet) = (ofCifar.RootElement, ofImageNet.RootElement);
        Assert.Equal((Images, 0), (cifar.GetProperty("samples").GetInt32(), cifar.GetProperty("unreadable").GetInt32()));
        Assert.InRange(Metric(cifar, "acc1"), Chance + (3 * Math.Sqrt(Chance * (1 - Chance) / Images)), 1);
        Assert.Equal((500, 0), (imagenet.GetProperty("samples").GetInt32(), imagenet.GetProperty("unreadable").GetInt32()));
        Assert.InRange(Metric(imagenet, "acc5"), 0, 0.5);

        using var retrieval = JsonDocument.Parse(File.ReadAllText(retrieved));
        Assert.Equal(
            (200, 0),
            (retrieval.RootElement.GetProperty("samples").GetInt32(), retrieval.RootElement.GetProperty("unreadable").GetInt32()));
        Assert.InRange(Metric(retrieval.RootElement, "reweighted_image_retrieval_recall@10"), 0, 0.5);
    }

    private static double Metric(JsonElement report, string name) => report.GetProperty("metrics").GetProperty(name).GetDouble();

    private void Train()
    {
        Succeed(
            "tokenizer", "train", "--shards", $"{Data}/cifar10/00000.tar", "--vocabulary-size", "1000", "--output", $"{folder}/tokenizer");
        var config = Path.Combine(folder, "cifar.yaml");
        File.WriteAllText(config, $$"""
            run: {name: cifar, output: {{folder}}, seed: 1}
            model:
              vision: {patch_size: 4, width: 64, layers: 2, heads: 2, pooling_heads: 2, output_dim: 64}
              text: {width: 32, layers: 1, heads: 2, output_dim: 64}
            tokenizer: {vocabulary: {{folder}}/tokenizer, context: 32}
            data: {train: [{shards: "{{Data}}/cifar10/00000.tar"}]}
            stages: [{resolution: 16, steps: 80, batch: 128}]
            schedule: {warmup_steps: 10}
            """);
        Succeed("pretrain", "--config", config);
    }

    private static void Succeed(params string[] arguments)
    {
        var (code, output, error) = PeProcess.Run(arguments);
        Assert.True(code == 0, $"pe {string.Join(' ', arguments)} ended with {code}:\n{output}\n{error}");
    }
}
