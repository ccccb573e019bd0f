using System.Diagnostics;
using System.Runtime.Versioning;
using PerceptionEncoder.Configuration;
using PerceptionEncoder.Evaluation.Reports;
using PerceptionEncoder.Models.Clip;
using PerceptionEncoder.Models;
using PerceptionEncoder.Recipes;
using PerceptionEncoder.Serialization;
using PerceptionEncoder.Serialization.Features;
using PerceptionEncoder.Serialization.Weights;
using PerceptionEncoder.Tokenization;
using PerceptionEncoder.Training;
using PerceptionEncoder.Training.Reports;

namespace PerceptionEncoder.Tests.Serialization;

/// <summary>Named pipes and devices where a file is expected: nobody waits for them, and each is one line.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class SpecialFileTests : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("pipes-");

    public void Dispose() => folder.Delete(recursive: true);

    [SkippableTheory]
    [InlineData("pipe")]
    [InlineData("model.safetensors")]
    [InlineData("model.pt")]
    [InlineData("model.safetensors.index.json")]
    public void Weights_come_from_regular_files_only(string name)
    {
        Refused(() => ModelWeights.Open(Pipe(name)).Dispose());
        Refused(() => TensorFile.Open(Device(name)).Dispose());
    }

    [SkippableFact]
    public void A_run_that_a_stranger_packed_has_none_either()
    {
        Directory.CreateDirectory(At("run/checkpoints/step-1"));
        Refused(() => WeightsLocation.Find(Path.GetDirectoryName(Path.GetDirectoryName(Pipe("run/checkpoints/latest")))!));
        Refused(() => CheckpointStore.ReadState(
            new CheckpointFolder(At("run/checkpoints/step-1"), 1) is var checkpoint
                && Pipe("run/checkpoints/step-1/state.json") == checkpoint.State
                ? checkpoint
                : throw new InvalidOperationException("the state has another name")));
        Pipe("run/metrics.jsonl");
        Refused(() => RunReport.Write(
            At("run"),
            new RunReportContent { Name = "run", Status = RunStatus.Finished, Date = DateTimeOffset.UnixEpoch }));
    }

    [SkippableFact]
    public void Nor_have_configs_vocabularies_results_and_feature_files()
    {
        var config = InTime(() => Assert.Throws<ConfigException>(() => ConfigLoader.Load<PretrainConfig>(Pipe("config.yaml"))));
        Assert.Contains(
            "cannot be read as a config file: it is a pipe or a device",
            Assert.Single(config.Problems).ToString(),
            StringComparison.Ordinal);
        Refused(() => ClipTokenizer.Load(Pipe("vocabulary.txt.gz")));
        Refused(() => EvaluationReportJson.Read(Pipe("result.json")));
        Directory.CreateDirectory(At("features"));
        Pipe("features/f.npy.partial.json");
        Refused(() => FeatureFile.Open(At("features/f.npy"), TorchSharp.torch.ScalarType.Float32, [2], "key").Dispose());
        Refused(() => new FeatureCache(Path.GetDirectoryName(Pipe("features/teacher.features"))!, "teacher", 2).Dispose());
        Pipe("features/g.npy.partial");
        Refused(() => FeatureFile.Open(At("features/g.npy"), TorchSharp.torch.ScalarType.Float32, [2], "key").Dispose());
    }

    private static void Refused(Action read)
    {
        var problem = InTime(() => Assert.Throws<UserErrorException>(read));
        Assert.Single(problem.Lines);
    }

    [SkippableFact]
    public void A_pipe_or_a_device_is_not_replaced_by_a_file()
    {
        var (pipe, device) = (Pipe("out.json"), Device("link.json"));
        Assert.All([pipe, device, "/dev/full"], path =>
        {
            var refusal = Assert.Throws<UserErrorException>(() => AtomicFile.WriteAllText(path, "text"));
            Assert.Equal($"{path}: is a pipe or a device, which a file would replace. Name a file.", refusal.Message);
            Assert.True(RegularFile.IsSpecial(path));
        });
        AtomicFile.WriteAllText(At("file.json"), "old");
        AtomicFile.WriteAllText(At("file.json"), "text");
        Assert.Equal("text", File.ReadAllText(At("file.json")));
    }

    private static T InTime<T>(Func<T> read)
    {
        var reading = Task.Factory.StartNew(read, default, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        Assert.True(((IAsyncResult)reading).AsyncWaitHandle.WaitOne(TimeSpan.FromSeconds(30)), "it waits for somebody to write");
        return reading.GetAwaiter().GetResult();
    }

    private string At(string name) => Path.Combine(folder.FullName, name);

    private string Pipe(string name)
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "needs Linux's pipes and devices");
        Process.Start("mkfifo", At(name)).WaitForExit();
        return At(name);
    }

    private string Device(string name)
    {
        File.Delete(At(name));
        File.CreateSymbolicLink(At(name), "/dev/zero");
        return At(name);
    }
}
