using PerceptionEncoder.Serialization.Weights;
using PerceptionEncoder.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tests.Serialization.Weights;

/// <summary>What others' training programs save: weights beside an optimiser, counters and objects of their own classes.</summary>
public sealed class TrainingCheckpointTests : IDisposable
{
    private static readonly Dictionary<string, object?> Weights = new()
    {
        ["conv1.weight"] = PickledTensor.Of(1, 2, 3),
        ["ln.bias"] = PickledTensor.Of(4),
    };
    private static readonly Dictionary<string, object?> Averaged = new()
    {
        ["conv1.weight"] = PickledTensor.Of(5, 6, 7),
        ["ln.bias"] = PickledTensor.Of(8),
    };
    private static readonly Dictionary<string, object?> Optimizer = new()
    {
        ["state"] = new Dictionary<string, object?> { ["exp_avg"] = PickledTensor.Of(9) },
        ["param_groups"] = new object?[] { new Dictionary<string, object?> { ["lr"] = 1 } },
    };

    private static readonly PickledObject Arguments = new(
        "argparse",
        "Namespace",
        new Dictionary<string, object?> { ["lr"] = 1, ["path"] = new PickledObject("pathlib", "PosixPath") });

    private static readonly Dictionary<string, (Dictionary<string, object?> Saved, float First, string Origin)> Kinds = new()
    {
        ["flat with arguments"] = (new(Weights) { ["args"] = Arguments, ["epoch"] = 3 }, 1, ""),
        ["model_state_dict"] = (
            new() { ["epoch"] = 3, ["model_state_dict"] = Weights, ["optimizer"] = Optimizer, ["args"] = Arguments },
            1,
            "its entry model_state_dict"),
        ["open_clip"] = (
            new() { ["epoch"] = 3, ["name"] = "run", ["state_dict"] = Weights, ["optimizer"] = Optimizer, ["scaler"] = Optimizer },
            1,
            "its entry state_dict"),
        ["lightning"] = (
            new()
            {
                ["callbacks"] = new Dictionary<string, object?> { ["best"] = PickledTensor.Of(0) },
                ["loops"] = Optimizer,
                ["state_dict"] = Weights,
                ["hyper_parameters"] = new PickledObject("omegaconf", "DictConfig"),
            },
            1,
            "its entry state_dict"),
        ["deepspeed"] = (new() { ["module"] = Weights, ["ds_config"] = new Dictionary<string, object?>() }, 1, "its entry module"),
        ["nested"] =
            (new() { ["model"] = new Dictionary<string, object?> { ["state_dict"] = Weights } }, 1, "its entry model / state_dict"),
        ["a name of their own"] = (new() { ["perceiver"] = Weights, ["optim"] = Optimizer }, 1, "its entry perceiver"),
        ["timm with average"] = (
            new()
            {
                ["arch"] = "vit",
                ["state_dict"] = Weights,
                ["optimizer"] = Optimizer,
                ["state_dict_ema"] = Averaged,
                ["args"] = Arguments,
            },
            5,
            "its entry state_dict_ema: the average state_dict_ema is taken, not the weights as trained, state_dict"),
        ["average in a dictionary"] = (
            new() { ["model"] = Weights, ["ema"] = new Dictionary<string, object?> { ["decay"] = 1, ["shadow"] = Averaged } },
            5,
            "its entry ema / shadow: the average ema is taken, not the weights as trained, model"),
        ["average as an object"] = (
            new() { ["model"] = Weights, ["ema"] = new PickledObject("project.ema", "ModelEMA", Averaged) },
            1,
            "its entry model: the average ema (project.ema.ModelEMA) holds no weights by name: model is taken"),
    };

    private readonly string folder = Directory.CreateTempSubdirectory("pe-training-").FullName;

    public TrainingCheckpointTests() => TorchRuntime.Initialize();

    public static TheoryData<string> Names => new(Kinds.Keys);

    private string Path => System.IO.Path.Combine(folder, "checkpoint.pt");

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [MemberData(nameof(Names))]
    public void The_weights_are_read_through_what_stands_beside_them(string kind)
    {
        var (saved, first, origin) = Kinds[kind];
        PickledArchive.Save(Path, saved);
        using var scope = NewDisposeScope();
        using var file = TensorFile.Open(Path);
        Assert.Equal(["conv1.weight", "ln.bias"], file.Entries.Keys);
        Assert.Equal(first, file.Read("conv1.weight")[0].ToSingle());
        Assert.Equal(origin, file.Origin ?? "");
    }

    [Fact]
    public void What_cannot_be_read_is_named_with_the_keys_that_are_there()
    {
        Refused(
            new Dictionary<string, object?>
            {
                ["epoch"] = 3,
                ["model"] = new PickledObject("project.models", "Net", Weights),
                ["optimizer"] = Optimizer,
            },
            "epoch (a number), model (project.models.Net), optimizer (a dictionary of 2)");
        Refused(new Dictionary<string, object?> { ["state_dict"] = new Dictionary<string, object?>() }, "state_dict (a dictionary of 0)");
        Refused(
            new PickledObject("project.models", "Net", Weights),
            "it holds project.models.Net and no dictionary",
            "torch.save(model.state_dict(), FILE)");
        Refused(new object?[] { Weights, 3 }, "it holds a list of 2");
    }

    [Fact]
    public void An_object_in_the_place_of_a_tensor_is_named_where_it_is_asked_for()
    {
        PickledArchive.Save(
            Path,
            new Dictionary<string, object?>(Weights) { ["visual.proj"] = new PickledObject("torch.distributed.tensor", "DTensor") });
        using var file = TensorFile.Open(Path);
        Assert.Equal("torch.distributed.tensor.DTensor", file.PassedOver["visual.proj"]);
        Assert.Contains(
            "visual.proj is torch.distributed.tensor.DTensor",
            Assert.Throws<UserErrorException>(() => file.Read("visual.proj")).Message);
    }

    [Theory]
    [InlineData("os", "system")]
    [InlineData("posix", "system")]
    [InlineData("subprocess", "Popen")]
    [InlineData("builtins", "eval")]
    public void A_file_that_could_run_code_in_Python_is_refused_wherever_that_stands(string module, string name)
        => Refused(
            new Dictionary<string, object?> { ["state_dict"] = Weights, ["extra"] = new PickledObject(module, name) },
            $"{module}.{name}",
            "do not trust");

    [Fact]
    public void TorchScript_the_format_before_1_6_plain_pickles_and_other_archives_are_named()
    {
        Refused(
            new PickledObject("__torch__", "Net", Weights),
            [("archive/constants.pkl", [1]), ("archive/code/__torch__.py", new byte[500])],
            "TorchScript archive",
            "torch.jit.load");
        File.WriteAllBytes(Path, [0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, (byte)'.']);
        Refused("before PyTorch 1.6", "torch.save(torch.load(OLD), NEW)");
        File.WriteAllBytes(Path, [0x80, 4, 0x95, 40, 0, 0, 0, 0, 0, 0, 0, (byte)'}', 0x94, (byte)'.']);
        Refused("plain Python pickle");
        using (var zip = System.IO.Compression.ZipFile.Open(
            System.IO.Path.Combine(folder, "x.zip"),
            System.IO.Compression.ZipArchiveMode.Create))
        {
            zip.CreateEntry("weights/model.pt").Open().Dispose();
        }

        File.Move(System.IO.Path.Combine(folder, "x.zip"), Path, overwrite: true);
        Refused("not one of torch.save", "weights/model.pt");
    }

    [Fact]
    public void Dictionaries_that_contain_themselves_end()
    {
        // d = {}; d["state_dict"] = d, with nothing else in it.
        byte[] pickle = [0x80, 2, (byte)'}', (byte)'q', 0, (byte)'X', 10, 0, 0, 0, .. "state_dict"u8, (byte)'h', 0, (byte)'s', (byte)'.'];
        using (var zip = System.IO.Compression.ZipFile.Open(Path, System.IO.Compression.ZipArchiveMode.Create))
        {
            using var member = zip.CreateEntry("archive/data.pkl", System.IO.Compression.CompressionLevel.NoCompression).Open();
            member.Write(pickle);
        }

        Refused("no tensors by name", "state_dict (a dictionary of 1)");
    }

    private void Refused(object? saved, params string[] parts) => Refused(saved, [], parts);

    private void Refused(object? saved, (string, byte[])[] others, params string[] parts)
    {
        PickledArchive.Save(Path, saved, others);
        Refused(parts);
    }

    private void Refused(params string[] parts)
    {
        var message = Assert.Throws<UserErrorException>(() => TensorFile.Open(Path)).Message;
        Assert.All(parts, part => Assert.Contains(part, message, StringComparison.Ordinal));
        Assert.DoesNotContain('\n', message);
        Assert.DoesNotContain("download", message, StringComparison.OrdinalIgnoreCase);
    }
}
