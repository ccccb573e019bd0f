using PerceptionEncoder.Models.Clip;
using PerceptionEncoder.Tensors;
using TorchSharp;

namespace PerceptionEncoder.Tests.Models.Clip;

public class ModelPresetsTests
{
    /// <summary>
    /// Parameters of the vision tower, worked out by hand from Tab. 17; they agree with what timm lists for its vit_pe_* models.
    /// </summary>
    [Theory]
    [InlineData("PE-Core-T16-384", 6_140_544, 63_405_056)]
    [InlineData("PE-Core-S16-384", 23_782_656, 63_405_056)]
    [InlineData("PE-Core-B16-224", 93_672_960, 353_986_560)]
    [InlineData("PE-Core-L14-336", 317_151_232, 353_986_560)]
    [InlineData("PE-Core-G14-448", 1_882_032_640, 537_233_920)]
    [InlineData("PE-Lang-L14-448", 291_415_040, 0)]
    [InlineData("PE-Lang-G14-448", 1_740_922_624, 0)]
    [InlineData("PE-Lang-L14-448-Tiling", 291_415_040, 0)]
    [InlineData("PE-Lang-G14-448-Tiling", 1_740_922_624, 0)]
    [InlineData("PE-Spatial-T16-512", 5_683_200, 0)]
    [InlineData("PE-Spatial-S16-512", 21_983_232, 0)]
    [InlineData("PE-Spatial-B16-512", 86_433_792, 0)]
    [InlineData("PE-Spatial-L14-448", 303_964_160, 0)]
    [InlineData("PE-Spatial-G14-448", 1_851_887_104, 0)]
    public void Every_published_model_has_its_published_size(string name, long vision, long text)
    {
        var model = ModelPresets.Find(name);
        var counts = model.ParameterCounts().ToDictionary(part => part.Part, part => part.Count);
        Assert.Equal((vision, text), (counts["vision"], counts.GetValueOrDefault("text")));
    }

    [Fact]
    public void There_are_fourteen_vision_towers_and_five_of_them_have_a_text_tower()
    {
        Assert.Equal(14, ModelPresets.Names.Count);
        Assert.Equal(5, ModelPresets.Names.Count(name => ModelPresets.Find(name).Text is not null));
    }

    [Fact]
    public void Every_contrastive_preset_is_valid_and_found_whatever_the_case_of_its_name()
        => Assert.All(
            ModelPresets.Names.Where(name => name.Contains("Core", StringComparison.Ordinal)),
            name => Assert.Same(ModelPresets.Find(name).Vision, ModelPresets.FindClip(name.ToUpperInvariant()).Validated().Vision));

    [Fact]
    public void An_unknown_preset_is_an_error_that_lists_the_names()
    {
        var error = Assert.Throws<UserErrorException>(() => ModelPresets.Find("PE-Core-X"));
        Assert.All(ModelPresets.Names, name => Assert.Contains(name, error.Message));
    }

    [Fact]
    public void A_vision_tower_asked_for_as_a_contrastive_model_is_an_error_that_lists_those()
        => Assert.Contains("PE-Core-B16-224", Assert.Throws<UserErrorException>(() => ModelPresets.FindClip("PE-Lang-L14-448")).Message);

    [Theory]
    [InlineData(true, true, true, Pooling.Attention, null)]
    [InlineData(false, true, true, Pooling.Average, 0.1)]
    [InlineData(true, false, false, Pooling.Token, null)]
    public void Names_and_shapes_without_allocation_are_those_of_the_real_model(
        bool classToken,
        bool absolutePositions,
        bool normBefore,
        Pooling pooling,
        double? layerScale)
    {
        TorchRuntime.Initialize();
        var options = new ClipOptions
        {
            Vision = new VisionOptions
            {
                Width = 24, Layers = 2, Heads = 3, PatchSize = 4, ImageSize = 12, OutputDim = 12, MlpRatio = 3.3, UseLnPre = normBefore,
                UseClassToken = classToken, UseAbsolutePositions = absolutePositions, Pooling = pooling, LayerScale = layerScale,
                UseLnPost = layerScale is null,
            },
            Text = new TextOptions { Width = 16, Layers = 2, Heads = 2, ContextLength = 10, VocabularySize = 40, OutputDim = 12 },
        };
        using var model = new ClipModel(options);
        Assert.Equal(
            Sorted(model.state_dict().Select(entry => (entry.Key, entry.Value.shape))),
            Sorted(new ClipArchitecture(options).Tensors()));
        Assert.Equal(model.parameters().Sum(parameter => parameter.numel()), new ClipArchitecture(options).ParameterCount);
    }

    [Fact]
    public void The_base_model_costs_thirty_five_gigaflops_an_image()
    {
        // 35.6 with the key and value projections of the pooling, which the tower saves.
        Assert.Equal(35.1e9, FlopCount.Vision(ModelPresets.Find("PE-Core-B16-224").Vision, 224, 224), 0.1e9);
    }

    private static string[] Sorted(IEnumerable<(string Name, long[] Shape)> tensors)
        => [.. tensors.Select(tensor => $"{tensor.Name} [{string.Join(", ", tensor.Shape)}]").Order(StringComparer.Ordinal)];
}
