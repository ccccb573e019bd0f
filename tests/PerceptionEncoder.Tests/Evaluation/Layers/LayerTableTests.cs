using PerceptionEncoder.Evaluation.Layers;

namespace PerceptionEncoder.Tests.Evaluation.Layers;

public sealed class LayerTableTests
{
    private static readonly LayerTable Table = new(
    [
        new("small", "a/linear_acc1", 0, 2, 0.2), new("small", "a/linear_acc1", 1, 2, 0.4), new("small", "a/linear_acc5", 0, 2, 0.9),
        new("large", "a/linear_acc1", 0, 3, 0.3), new("large", "a/linear_acc1", 1, 3, 0.6), new("large", "a/linear_acc1", 2, 3, 0.6),
        new("large", "b/segmentation_miou", 2, 3, 0.5),
    ]);

    [Fact]
    public void Figures_are_normalised_over_all_models_and_layers_of_a_task()
        => Assert.Equal([0, 0.5, 1, 0.25, 1, 1, 1], Table.Rows.Select(row => Math.Round(Table.Normalized(row), 12)));

    [Fact]
    public void The_best_layer_is_the_first_of_equals_and_the_last_is_the_deepest()
        => Assert.Equal(
            [("small", 1, 1), ("large", 1, 2), ("large", 2, 2)],
            Table.Headline().Summary().Select(entry => (entry.Best.Model, entry.Best.Layer, entry.Last.Layer)));

    [Fact]
    public void The_csv_has_every_figure_and_its_place()
    {
        var lines = Table.Csv().TrimEnd('\n').Split('\n');
        Assert.Equal("model,task,layer,layers,value,normalized", lines[0]);
        Assert.Equal("small,a/linear_acc1,1,2,0.4,0.5", lines[2]);
        Assert.Equal(1 + Table.Rows.Count, lines.Length);
    }
}
