using PerceptionEncoder.Models;
using PerceptionEncoder.Models.Text;
using PerceptionEncoder.Models.Vision;
using PerceptionEncoder.Tensors;

namespace PerceptionEncoder.Tests.Models;

public class ModelPresetsTests
{
    /// <summary>Billions of parameters of the published vision towers [Tab. 17].</summary>
    [Theory]
    [InlineData("PE-Core-B16-224", 0.09)]
    [InlineData("PE-Core-L14-336", 0.32)]
    [InlineData("PE-Core-G14-448", 1.88)]
    public void The_published_vision_towers_have_the_published_size(string name, double billions)
        => Assert.Equal(billions, ParameterCount.Vision(ModelPresets.Find(name).Vision) / 1e9, 0.005);

    [Fact]
    public void Every_preset_is_valid_and_found_whatever_the_case_of_its_name()
        => Assert.All(ModelPresets.Names, name => Assert.Same(ModelPresets.Find(name), ModelPresets.Find(name.ToUpperInvariant()).Validated()));

    [Fact]
    public void An_unknown_preset_is_an_error_that_lists_the_names()
    {
        var error = Assert.Throws<UserErrorException>(() => ModelPresets.Find("PE-Core-X"));
        Assert.All(ModelPresets.Names, name => Assert.Contains(name, error.Message));
    }

    [Theory]
    [InlineData(true, true, Pooling.Attention, null)]
    [InlineData(false, true, Pooling.Average, 0.1)]
    [InlineData(true, false, Pooling.Token, null)]
    public void The_count_of_parameters_is_that_of_the_real_model(bool classToken, bool absolutePositions, Pooling pooling, double? layerScale)
    {
        TorchRuntime.Initialize();
        var options = new ClipOptions
        {
            Vision = new VisionOptions
            {
                Width = 24, Layers = 2, Heads = 3, PatchSize = 4, ImageSize = 12, OutputDim = 12, MlpRatio = 3.3,
                UseClassToken = classToken, UseAbsolutePositions = absolutePositions, Pooling = pooling, LayerScale = layerScale, UseLnPost = layerScale is null,
            },
            Text = new TextOptions { Width = 16, Layers = 2, Heads = 2, ContextLength = 10, VocabularySize = 40, OutputDim = 12 },
        };
        using var model = new ClipModel(options);
        Assert.Equal(model.parameters().Sum(parameter => parameter.numel()), ParameterCount.Clip(options));
    }

    [Fact]
    public void The_base_model_costs_thirty_five_gigaflops_an_image()
    {
        // 35.6 with the key and value projections of the pooling, which the tower saves.
        Assert.Equal(35.1e9, FlopCount.Vision(ModelPresets.Find("PE-Core-B16-224").Vision, 224, 224), 0.1e9);
    }
}
