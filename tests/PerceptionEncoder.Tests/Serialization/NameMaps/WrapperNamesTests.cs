using PerceptionEncoder.Models.Clip;
using PerceptionEncoder.Models;
using PerceptionEncoder.Serialization.NameMaps;
using PerceptionEncoder.Serialization.Weights;
using TorchSharp;
using static TorchSharp.torch;
using Layouts = PerceptionEncoder.Models.Clip.ClipLayouts;

namespace PerceptionEncoder.Tests.Serialization.NameMaps;

public sealed class WrapperNamesTests : IDisposable
{
    private static readonly ClipArchitecture Both = new(
        new VisionOptions { Width = 24, Layers = 1, Heads = 3, PatchSize = 4, ImageSize = 8, OutputDim = 12 },
        new TextOptions { Width = 16, Layers = 1, Heads = 2, ContextLength = 10, VocabularySize = 40, OutputDim = 12 });

    private readonly DisposeScope scope = NewDisposeScope();
    private readonly string folder = Directory.CreateTempSubdirectory("pe-wrappers-").FullName;

    public static TheoryData<string, string> EveryLayoutUnderEveryStack()
    {
        string[] stacks =
        [
            "module.", "_orig_mod.", "model.", "timm_model.", "vision_tower.", "module._orig_mod.", "_orig_mod.module.model.",
            "model.module._orig_mod.", "model.vision_tower._orig_mod.", "_forward_module.model.", "backbone.",
        ];
        var cases = new TheoryData<string, string>();
        foreach (var layout in Layouts.All)
        {
            foreach (var stack in stacks)
            {
                cases.Add(layout.Name, stack);
            }
        }

        return cases;
    }

    public void Dispose()
    {
        scope.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    [Theory]
    [MemberData(nameof(EveryLayoutUnderEveryStack))]
    public void Wrappers_are_seen_through_in_every_layout_and_format(string layoutName, string stack)
    {
        var (layout, written) = Tensors(layoutName);
        (string Name, Tensor Tensor)[] wrapped = [.. LayoutExport.Arrange(layout, written).Tensors
            .Select(tensor => (stack + tensor.Name, tensor.Tensor))];
        foreach (var path in new[] { Safetensors(wrapped), PyTorch(wrapped), Sharded(wrapped), Run(wrapped) })
        {
            using var read = ModelFamilies.Open(path);
            // timm's names under a stack that ends as Hugging Face's does are Hugging Face's, and the other way round nothing differs but
            // the name.
            Assert.Empty(read.Unknown);
            Assert.Equal(
                written.Select(tensor => tensor.Name).Order(StringComparer.Ordinal),
                read.Entries.Keys.Order(StringComparer.Ordinal));
            foreach (var (name, tensor) in written)
            {
                Assert.True(read.Read(name).allclose(tensor, 0, 0), name);
            }
        }
    }

    [Theory]
    [InlineData("visual.conv1.weight", "visual._orig_mod.conv1.weight")]
    [InlineData("visual.transformer.resblocks.0.ln_1.weight", "visual.transformer.resblocks.0._checkpoint_wrapped_module.ln_1.weight")]
    [InlineData(
        "visual.transformer.resblocks.0.ln_1.weight",
        "_fsdp_wrapped_module.visual.transformer.resblocks.0._fsdp_wrapped_module._orig_mod.ln_1.weight")]
    [InlineData("model.modules.weight", "model.modules.weight")]
    [InlineData("module", "module")]
    public void Wrappers_of_inner_modules_leave_no_part_in_a_name(string expected, string name)
        => Assert.Equal(expected, WrapperNames.WithoutInner(name));

    [Fact]
    public void What_stands_outside_of_the_tower_is_passed_over_and_the_origin_is_told()
    {
        var (layout, written) = Tensors("timm");
        var path = Safetensors([
            .. LayoutExport.Arrange(layout, written).Tensors.Select(tensor => ("model.vision_tower." + tensor.Name, tensor.Tensor)),
            ("model.language_model.norm.weight", ones(3)),
            ("criterion.weight", ones(2)),
        ]);
        using var read = ModelFamilies.Open(path);
        Assert.Equal(["criterion.weight", "model.language_model.norm.weight"], read.Outside.Order(StringComparer.Ordinal));
        Assert.Equal("the tensors under model.vision_tower.", read.Origin);
        Assert.Equal("model.vision_tower.patch_embed.proj.weight", read.NameInFile("visual.conv1.weight"));
        Assert.Equal("model.vision_tower.blocks.7.norm1.weight", read.NameInFile("visual.transformer.resblocks.7.ln_1.weight"));
    }

    [Fact]
    public void The_counter_of_an_averaged_model_is_no_tensor_of_the_model()
    {
        var (layout, written) = Tensors("meta");
        using var read = ModelFamilies.Open(Safetensors([
            .. LayoutExport.Arrange(layout, written).Tensors.Select(tensor => ("module." + tensor.Name, tensor.Tensor)),
            ("n_averaged", tensor(3L)),
        ]));
        Assert.Empty(read.Unknown);
    }

    [Fact]
    public void Two_towers_or_one_tensor_twice_are_an_error_that_names_both()
    {
        var message = Assert.Throws<UserErrorException>(() => ModelFamilies.Open(
            Safetensors([("model.visual.conv1.weight", ones(2)), ("backbone.visual.conv1.weight", ones(2))]))).Message;
        Assert.Contains("several towers, under", message);
        Assert.Contains("model.", message);
        Assert.Contains("backbone.", message);
        message = Assert.Throws<UserErrorException>(
            () => ModelFamilies.Open(Safetensors([("visual.conv1.weight", ones(2)), ("module.visual.conv1.weight", ones(2))]))).Message;
        Assert.Contains("module.visual.conv1.weight and visual.conv1.weight", message);
    }

    private static (NameMap Layout, (string Name, Tensor Tensor)[] Tensors) Tensors(string layoutName)
    {
        var layout = Layouts.All.Single(map => map.Name == layoutName);
        var architecture = layout.Holds("token_embedding.weight") ? Both : Both with { Text = null };
        return (layout, [.. architecture.Tensors().Select(tensor => (tensor.Name, randn(tensor.Shape)))]);
    }

    private string Safetensors(IReadOnlyList<(string Name, Tensor Tensor)> tensors)
        => Written(Path.Combine(folder, "weights.safetensors"), path => SafetensorsWriter.Write(path, tensors));

    private string PyTorch(IReadOnlyList<(string Name, Tensor Tensor)> tensors)
        => Written(Path.Combine(folder, "weights.pt"), path => PyTorchWriter.Write(path, tensors));

    private string Sharded(IReadOnlyList<(string Name, Tensor Tensor)> tensors)
    {
        PyTorchWriter.Write(Path.Combine(folder, "a.bin"), [.. tensors.Take(5)]);
        PyTorchWriter.Write(Path.Combine(folder, "b.bin"), [.. tensors.Skip(5)]);
        var map = string.Join(", ", tensors.Select((tensor, i) => $"\"{tensor.Name}\": \"{(i < 5 ? "a" : "b")}.bin\""));
        return Written(
            Path.Combine(folder, "pytorch_model.bin.index.json"),
            path => File.WriteAllText(path, $$"""{"weight_map": { {{map}} } }"""));
    }

    private string Run(IReadOnlyList<(string Name, Tensor Tensor)> tensors)
    {
        var step = Directory.CreateDirectory(Path.Combine(folder, "run", "checkpoints", "step-1")).FullName;
        SafetensorsWriter.Write(Path.Combine(step, WeightsLocation.FileName), tensors);
        File.WriteAllText(Path.Combine(folder, "run", "checkpoints", "latest"), "step-1");
        return Path.Combine(folder, "run");
    }

    private static string Written(string path, Action<string> write)
    {
        write(path);
        return path;
    }
}
