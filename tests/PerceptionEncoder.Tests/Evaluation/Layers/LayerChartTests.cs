using System.Globalization;
using System.Xml.Linq;
using PerceptionEncoder.Evaluation.Layers;
using PerceptionEncoder.Presentation;
using PerceptionEncoder.Tests.Presentation;

namespace PerceptionEncoder.Tests.Evaluation.Layers;

public sealed class LayerChartTests
{
    private static readonly LayerTable Table = new(
    [
        new("small", "a/linear_acc1", 0, 2, 0.2), new("small", "a/linear_acc1", 1, 2, 0.4),
        new("large", "a/linear_acc1", 0, 3, 0.3), new("large", "a/linear_acc1", 1, 3, 0.6), new("large", "a/linear_acc1", 2, 3, 0.525),
        new("large", "b/segmentation_miou", 2, 3, 0.5),
    ]);

    [Fact]
    public void A_panel_for_each_task_has_a_line_for_each_model_that_was_measured()
    {
        var panels = Panels(Draw(Table));
        Assert.Equal(["a/linear_acc1", "b/segmentation_miou"], panels.Select(panel => panel.Elements(Svg("text")).First().Value));
        Assert.Equal(["#2563c9", "#d9730d"], Curves(panels[0]).Select(path => path.Attribute("stroke")!.Value));
        Assert.Equal(["#d9730d"], Curves(panels[1]).Select(path => path.Attribute("stroke")!.Value));
        Assert.Equal([2, 3], Curves(panels[0]).Select(path => path.Attribute("d")!.Value.Split('L').Length));
        Assert.Equal(5, Dots(panels[0]).Length);
        Assert.Equal(
            ["0", "0.2", "0.4", "0.6", "0.8", "1", "0", "1", "2", "layer", "normalised, 20.0% to 60.0%"],
            Texts(panels[0]).Skip(1).SkipLast(2));
    }

    [Fact]
    public void The_best_layer_has_an_open_circle_and_is_named_beside_the_last()
    {
        var panel = Panels(Draw(Table))[0];
        var rings = Rings(panel);
        Assert.Equal(["best: small, layer 1: 40.0%", "best: large, layer 1: 60.0%"], rings.Select(ring => ring.Value));
        Assert.All(rings, ring => Assert.Equal("none", ring.Attribute("fill")!.Value));
        Assert.Equal(
            rings.Select(Place),
            Dots(panel).Where(dot => dot.Value is "small, layer 1: 40.0%" or "large, layer 1: 60.0%").Select(Place));
        Assert.Contains("small: best layer 1 (40.0%), last 1 (40.0%)", Texts(panel));
        Assert.Contains("large: best layer 1 (60.0%), last 2 (52.5%)", Texts(panel));

        // Highest of all and lowest of all: the ends of the vertical axis.
        Assert.Equal("44", rings[1].Attribute("cy")!.Value);
        Assert.Equal("294", Dots(panel)[0].Attribute("cy")!.Value);

        static (string, string) Place(XElement circle) => (circle.Attribute("cx")!.Value, circle.Attribute("cy")!.Value);
    }

    [Fact]
    public void The_file_stands_alone_on_a_light_ground()
    {
        var picture = Draw(Table);
        Assert.Equal(Svg("svg"), picture.Name);
        Assert.All(picture.Descendants(), element => Assert.Equal(picture.Name.Namespace, element.Name.Namespace));
        var ground = picture.Elements().First();
        Assert.Equal(("#ffffff", "1040"), (ground.Attribute("fill")!.Value, ground.Attribute("width")!.Value));
        Assert.Equal($"0 0 1040 {ground.Attribute("height")!.Value}", picture.Attribute("viewBox")!.Value);
        Assert.Empty(picture.Descendants().Attributes("class"));
        Assert.Empty(picture.Descendants(Svg("style")));
        Assert.All(picture.Descendants(Svg("text")), text => Assert.NotNull(text.Attribute("fill")));
        Assert.All(picture.Descendants(Svg("line")), line => Assert.NotNull(line.Attribute("stroke")));
    }

    [Fact]
    public void The_same_figures_give_the_same_bytes_also_where_the_language_writes_decimal_commas()
    {
        var text = LayerChart.Svg(Table);
        using (DecimalCommas.Everywhere())
        {
            Assert.Equal(text, LayerChart.Svg(new LayerTable([.. Table.Rows])));
        }
    }

    [Theory]
    [InlineData("<b>R&D</b> \"x\"")]
    [InlineData("a\u0001b\u202e\n")]
    [InlineData("my-finetune-of-a-model-with-everything-that-was-tried-in-its-name-lr-0.0003-decay-0.05-seed-17-epoch-40")]
    [InlineData("WWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWW")]
    public void Any_name_of_a_model_or_task_is_text_inside_the_picture(string name)
    {
        var task = $"{name}/knn_acc1";
        var picture = Draw(new LayerTable([new(name, task, 0, 2, 0.1), new(name, task, 1, 2, 0.2), new("next", task, 0, 1, 0.3)]));
        Assert.All(picture.Descendants(Svg("text")).Where(text => text.Attribute("text-anchor") is null), text => Assert.True(
            double.Parse(text.Attribute("x")!.Value, CultureInfo.InvariantCulture)
                + TextFit.Width(text.Value, double.Parse(text.Attribute("font-size")!.Value, CultureInfo.InvariantCulture)) <= 520,
            text.Value));
        Assert.Contains(Texts(picture), text => text.StartsWith(VisibleText.Line(name)[..8], StringComparison.Ordinal));
        Assert.Contains(Texts(picture), text => text.EndsWith("best layer 1 (20.0%), last 1 (20.0%)", StringComparison.Ordinal));

        // What is longer pushes the next entry down, and the picture's foot.
        var legend = picture.Descendants(Svg("text")).Where(text => text.Attribute("x")?.Value == "52").Select(Y).ToArray();
        Assert.Equal(legend.Order().Distinct(), legend);
        Assert.True(legend[^1] < double.Parse(picture.Attribute("height")!.Value, CultureInfo.InvariantCulture));

        static double Y(XElement text) => double.Parse(text.Attribute("y")!.Value, CultureInfo.InvariantCulture);
    }

    [Fact]
    public void More_models_than_colours_are_told_apart_by_dashes_and_more_tasks_than_columns_begin_a_row()
    {
        var picture = Draw(new LayerTable([.. from model in Enumerable.Range(0, 8)
                                              from task in Enumerable.Range(0, 4)
                                              from layer in Enumerable.Range(0, 2)
                                              select new LayerRow($"m{model}", $"t{task}/knn_acc1", layer, 2, (model + layer) / 10.0)]));
        Assert.Equal(
            8,
            Curves(Panels(picture)[0]).Select(path => (path.Attribute("stroke")!.Value, path.Attribute("stroke-dasharray")?.Value))
                .Distinct().Count());
        Assert.Equal("1560", picture.Attribute("width")!.Value);
        Assert.Equal(4, Panels(picture).Select(panel => panel.Attribute("transform")!.Value).Distinct().Count());
        Assert.StartsWith("translate(0 ", Panels(picture)[3].Attribute("transform")!.Value, StringComparison.Ordinal);
    }

    [Fact]
    public void A_sweep_without_figures_is_an_empty_picture()
        => Assert.Equal("520", Draw(new LayerTable([])).Attribute("width")!.Value);

    private static XElement Draw(LayerTable table) => XElement.Parse(LayerChart.Svg(table));

    private static XName Svg(string name) => XName.Get(name, "http://www.w3.org/2000/svg");

    private static XElement[] Panels(XElement picture) => [.. picture.Elements(Svg("g"))];

    /// <summary>Lines of the figure; those of the legend lie below it.</summary>
    private static XElement[] Curves(XElement panel)
        => [.. panel.Elements(Svg("path")).Where(path => !path.Attribute("d")!.Value.StartsWith("M24 ", StringComparison.Ordinal))];

    private static XElement[] Dots(XElement panel)
        => [.. panel.Elements(Svg("circle")).Where(circle => circle.Attribute("r")!.Value == "2.5")];

    private static XElement[] Rings(XElement panel)
        => [.. panel.Elements(Svg("circle")).Where(circle => circle.Attribute("r")!.Value != "2.5")];

    private static string[] Texts(XElement element) => [.. element.Descendants(Svg("text")).Select(text => text.Value)];
}
