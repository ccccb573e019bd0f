using PerceptionEncoder.Models.Clip;
using PerceptionEncoder.Models;
using PerceptionEncoder.Serialization.NameMaps;
using PerceptionEncoder.Serialization.Weights;
using TorchSharp;
using static TorchSharp.torch;
using Layouts = PerceptionEncoder.Models.Clip.ClipLayouts;

namespace PerceptionEncoder.Tests.Models.Clip;

public sealed class ClipLayoutsTests : IDisposable
{
    private readonly DisposeScope scope = NewDisposeScope();
    private readonly string folder = Directory.CreateTempSubdirectory("pe-layouts-").FullName;

    private string File => Path.Combine(folder, "weights.safetensors");

    public static TheoryData<string, string> EveryLayoutOfEveryArchitecture()
    {
        var cases = new TheoryData<string, string>();
        foreach (var layout in Layouts.All)
        {
            foreach (var name in Architectures.Keys.Where(name => name != "clip" || layout.Holds("token_embedding.weight")))
            {
                if (layout != Layouts.Meta || name == "clip")
                {
                    cases.Add(layout.Name, name);
                }
            }
        }

        return cases;
    }

    private static readonly Dictionary<string, ClipArchitecture> Architectures = new()
    {
        ["clip"] = new(
            new VisionOptions { Width = 24, Layers = 2, Heads = 3, PatchSize = 4, ImageSize = 12, OutputDim = 12 },
            new TextOptions { Width = 16, Layers = 1, Heads = 2, ContextLength = 10, VocabularySize = 40, OutputDim = 12 }),
        ["core"] = new(new VisionOptions { Width = 24, Layers = 2, Heads = 3, PatchSize = 4, ImageSize = 12, OutputDim = 12 }, null),
        ["lang"] = new(
            new VisionOptions
            {
                Width = 16,
                Layers = 1,
                Heads = 2,
                PatchSize = 4,
                ImageSize = 8,
                OutputDim = null,
                Pooling = Pooling.None,
                UseLnPost = false,
                LayerScale = 0.1,
                UseClassToken = false,
            },
            null),
    };

    public void Dispose()
    {
        scope.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    [Theory]
    [MemberData(nameof(EveryLayoutOfEveryArchitecture))]
    public void Tensors_come_back_from_every_layout_as_they_were(string layoutName, string architecture)
    {
        var layout = Layouts.All.Single(map => map.Name == layoutName);
        var written = Tensors(Architectures[architecture]);
        var (arranged, leftOut) = LayoutExport.Arrange(layout, written);
        Assert.Empty(leftOut);
        SafetensorsWriter.Write(File, arranged);

        using var read = ModelFamilies.Open(File);
        Assert.Same(layout, read.Layout);
        Assert.Empty(read.Unknown);
        Assert.Equal(written.Select(tensor => tensor.Name).Order(StringComparer.Ordinal), read.Entries.Keys.Order(StringComparer.Ordinal));
        foreach (var (name, tensor) in written)
        {
            Assert.Equal(tensor.shape, read.Entries[name].Shape);
            Assert.True(read.Read(name).allclose(tensor, 0, 0), name);
        }
    }

    [Fact]
    public void Timm_has_the_published_names_with_query_rows_apart_and_the_head_transposed()
    {
        var published = Tensors(Architectures["core"]).ToDictionary(tensor => tensor.Name, tensor => tensor.Tensor);
        var arranged = LayoutExport.Arrange(Layouts.Timm, [.. published.Select(entry => (entry.Key, entry.Value))]).Tensors
            .ToDictionary(tensor => tensor.Name, tensor => tensor.Tensor);

        string[] block =
        [
            "norm1.weight", "norm1.bias", "attn.qkv.weight", "attn.qkv.bias", "attn.proj.weight", "attn.proj.bias", "norm2.weight",
            "norm2.bias", "mlp.fc1.weight", "mlp.fc1.bias", "mlp.fc2.weight", "mlp.fc2.bias",
        ];
        string[] pool =
        [
            "latent", "q.weight", "q.bias", "kv.weight", "kv.bias", "proj.weight", "proj.bias", "norm.weight", "norm.bias",
            "mlp.fc1.weight", "mlp.fc1.bias", "mlp.fc2.weight", "mlp.fc2.bias",
        ];
        string[] expected =
        [
            "cls_token", "pos_embed", "patch_embed.proj.weight", "norm_pre.weight", "norm_pre.bias", "norm.weight", "norm.bias",
            "head.weight", "head.bias",
            .. block.Select(name => "blocks.0." + name), .. block
                .Select(name => "blocks.1." + name), .. pool
                .Select(name => "attn_pool." + name),
        ];
        Assert.Equal(expected.Order(StringComparer.Ordinal), arranged.Keys.Order(StringComparer.Ordinal));
        Assert.Equal([1, 1, 24], arranged["cls_token"].shape);
        Assert.Equal([1, 10, 24], arranged["pos_embed"].shape);
        Assert.True(arranged["attn_pool.q.weight"].allclose(published["visual.attn_pool.attn.in_proj_weight"][..24]));
        Assert.True(arranged["attn_pool.kv.bias"].allclose(published["visual.attn_pool.attn.in_proj_bias"][24..]));
        Assert.True(arranged["head.weight"].allclose(published["visual.proj"].t()));
        Assert.Equal(0, arranged["head.bias"].count_nonzero().item<long>());
    }

    [Fact]
    public void A_language_model_beside_the_vision_tower_is_passed_over()
    {
        var (tower, _) = LayoutExport.Arrange(Layouts.HuggingFace, Tensors(Architectures["lang"]));
        SafetensorsWriter.Write(File, [.. tower, ("model.language_model.norm.weight", ones(3)), ("lm_head.weight", ones(2, 3))]);
        using var read = ModelFamilies.Open(File);
        Assert.Empty(read.Unknown);
        Assert.Equal(tower.Count, read.Entries.Count);
    }

    [Fact]
    public void A_head_bias_that_is_not_zero_is_an_error()
    {
        var (tensors, _) = LayoutExport.Arrange(Layouts.Timm, Tensors(Architectures["core"]));
        SafetensorsWriter.Write(
            File,
            [.. tensors.Select(tensor => tensor.Name == "head.bias" ? (tensor.Name, tensor.Tensor + 1) : tensor)]);
        Assert.Contains("head.bias is not zero", Assert.Throws<UserErrorException>(() => ModelFamilies.Open(File)).Message);
    }

    [Fact]
    public void Names_of_no_known_layout_are_an_error_that_shows_some()
    {
        SafetensorsWriter.Write(File, [("encoder.stem.weight", ones(2))]);
        Assert.Contains("encoder.stem.weight", Assert.Throws<UserErrorException>(() => ModelFamilies.Open(File)).Message);
    }

    private static (string Name, Tensor Tensor)[] Tensors(ClipArchitecture architecture)
        => [.. architecture.Tensors().Select(tensor => (tensor.Name, randn(tensor.Shape)))];
}
