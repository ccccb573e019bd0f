using System.Text;
using System.Text.Json;
using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Distributed;
using PerceptionEncoder.Media.Images;
using PerceptionEncoder.Models.Clip;
using PerceptionEncoder.Optimization;
using PerceptionEncoder.Recipes;
using PerceptionEncoder.Serialization.Weights;
using PerceptionEncoder.Tensors;
using PerceptionEncoder.Tests.Data;
using PerceptionEncoder.Tokenization;
using PerceptionEncoder.Training;
using Serilog.Core;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tests.Distributed;

/// <summary>One run trained by one rank, and by two that share its batches.</summary>
public sealed class TwoRanksTests : IDisposable
{
    private const int Side = 12;
    private const double Tolerance = 1e-5;

    private readonly ShardFolder shards = new();

    public TwoRanksTests()
    {
        TorchRuntime.Initialize();
        BpeTrainer.Train(["a red cat", "a blue dog"], BpeTrainer.MinimumVocabularySize).Save(shards.PathOf("tokenizer"));
        foreach (var name in new[] { "a", "b" })
        {
            using var writer = new ShardWriter(shards.PathOf($"{name}.tar"));
            for (var i = 0; i < 24; i++)
            {
                writer.Write(
                    $"{name}{i:D3}",
                    ("png", Picture((ulong)(i + name[0]))),
                    ("txt", Encoding.UTF8.GetBytes($"a {(i % 2 == 0 ? "red cat" : "blue dog")} {i}")));
            }
        }
    }

    public void Dispose() => shards.Dispose();

    [Fact]
    public void Two_ranks_with_half_a_batch_each_train_to_the_losses_and_weights_of_one_with_the_whole()
    {
        Train("alone", World.Single);
        LoopBack.Run(2, world => Train("shared", world));

        var (alone, shared) = (Losses("alone"), Losses("shared"));
        Assert.Equal(8, alone.Length);
        Assert.All(alone.Zip(shared), pair => Assert.Equal(pair.First, pair.Second, Tolerance * pair.First));
        foreach (var file in new[] { "model.safetensors", "ema.safetensors" })
        {
            AssertClose(file);
        }

        Assert.Equal(Position("alone"), Position("shared"));
    }

    [Fact]
    public void Two_ranks_go_on_from_the_checkpoint_that_one_has_written()
    {
        Train("alone", World.Single);
        Train("shared", World.Single, stopAfter: 2);
        LoopBack.Run(2, world => Train("shared", world, resume: true));
        AssertClose("model.safetensors");
    }

    [Fact]
    public void Two_ranks_that_have_a_stream_of_shards_each_train_on_what_one_has_of_both_and_go_on_from_its_checkpoint()
    {
        Train("alone", World.Single, streams: 2);
        LoopBack.Run(2, world => Train("shared", world, stopAfter: 2, streams: 2));
        Train("shared", World.Single, stopAfter: 4, resume: true, streams: 2);
        LoopBack.Run(2, world => Train("shared", world, resume: true, streams: 2));
        AssertClose("model.safetensors");
        Assert.Equal(Position("alone"), Position("shared"));
        Assert.Contains("streams", Position("alone"));
    }

    private static byte[] Picture(ulong seed) => PngEncoder.Encode(TestImages.Noise(Side, Side, 3, seed));

    private void Train(string name, World world, long? stopAfter = null, bool resume = false, int streams = 1)
    {
        var config = new PretrainConfig
        {
            Run = new RunOptions { Name = name, Output = shards.Root, LogEvery = 1 },
            Model = new ModelOptions
            {
                Vision = new VisionOptions { PatchSize = 4, Width = 16, Layers = 2, Heads = 2, PoolingHeads = 2, OutputDim = 8 },
                Text = new TextOptions { Width = 16, Layers = 1, Heads = 2, OutputDim = 8 },
            },
            Tokenizer = new TokenizerOptions { Vocabulary = shards.PathOf("tokenizer"), Context = 12 },
            Data = new DataOptions
            {
                Train = [Source("a", 1) with { Resample = streams > 1 }, Source("b", 0.5) with { Resample = streams > 1 }],
                Workers = 1,
                ShuffleWindow = 10,
                Streams = streams,
            },
            Stages =
            [
                new StageOptions { Resolution = 8, Steps = 4, Batch = 8 },
                new StageOptions { Resolution = 12, Steps = 4, Batch = 12, MicroBatch = 3 },
            ],

            // The gradient of keys' biases is zero but for rounding, which a small epsilon would scale up to a whole step.
            Optimizer = new OptimizerOptions { LearningRate = 1e-2, ClipGradNorm = 1, Eps = 1e-3 },
            Regularization = new RegularizationOptions(),
            Ema = new EmaOptions { Decay = 0.5 },
            Checkpoint = new CheckpointOptions { Every = 2, Keep = 9 },
            Compute = new ComputeOptions { Device = DeviceKind.Cpu, CpuMatmul = CpuMatmul.Mkl, Threads = 1 },
        };
        using var folder = RunFolder.Open(config.Run, world);
        using var stop = new CancellationTokenSource();
        var recipe = new Pretrain(config, folder, Logger.None, progress =>
        {
            if (progress.Step == stopAfter)
            {
                stop.Cancel();
            }
        });
        if (stopAfter is null)
        {
            recipe.Run(resume, stop.Token);
        }
        else
        {
            Assert.ThrowsAny<OperationCanceledException>(() => recipe.Run(resume, stop.Token));
        }
    }

    private SourceOptions Source(string name, double weight) => new() { Shards = shards.PathOf($"{name}.tar"), Weight = weight };

    private double[] Losses(string run) => [.. File.ReadLines(shards.PathOf($"{run}/metrics.jsonl"))
        .Select(line => JsonDocument.Parse(line).RootElement).Select(step => step.GetProperty("loss").GetDouble())];

    private string Position(string run)
        => JsonDocument.Parse(File.ReadAllText(shards.PathOf($"{run}/checkpoints/step-000008/state.json"))).RootElement
            .GetProperty("position").GetRawText();

    private void AssertClose(string file)
    {
        using var scope = NewDisposeScope();
        using var alone = SafetensorsFile.Open(shards.PathOf($"alone/checkpoints/step-000008/{file}"));
        using var shared = SafetensorsFile.Open(shards.PathOf($"shared/checkpoints/step-000008/{file}"));
        foreach (var name in alone.Entries.Keys)
        {
            var (expected, found) = (alone.Read(name), shared.Read(name));
            var difference = (found - expected).norm().item<float>() / Math.Max(expected.norm().item<float>(), 1e-3);
            Assert.True(difference <= Tolerance, $"{file} {name}: {difference:0.0e+0}");
        }
    }
}
