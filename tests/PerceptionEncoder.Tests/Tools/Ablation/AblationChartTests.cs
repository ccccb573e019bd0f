using System.Globalization;
using System.Xml.Linq;
using PerceptionEncoder.Presentation;
using PerceptionEncoder.Tests.Presentation;
using PerceptionEncoder.Tools.Ablation;

namespace PerceptionEncoder.Tests.Tools.Ablation;

public sealed class AblationChartTests
{
    private static readonly AblationRow[] Rows =
    [
        new(1, "vanilla CLIP", 0.582, 0.37, [], 1),
        new(2, "progressive resolution", 0.7906, 0.3649, [], 1),
        new(3, "LAMB", null, null, [], 0),
    ];

    [Fact]
    public void Each_measured_step_has_a_bar_for_accuracy_and_one_for_robustness_with_its_value_above()
    {
        var picture = Draw("study", Rows);
        Assert.Equal(
            [
                "1. vanilla CLIP: accuracy 58.2%", "1. vanilla CLIP: mean robustness 37.0%",
                "2. progressive resolution: accuracy 79.1%", "2. progressive resolution: mean robustness 36.5%",
            ],
            picture.Descendants(Svg("title")).Select(title => title.Value));
        var bars = Bars(picture);
        Assert.Equal(["#2563c9", "#d9730d", "#2563c9", "#d9730d"], bars.Select(bar => bar.Attribute("fill")!.Value));
        Assert.All(bars, bar => Assert.Equal(404, Number(bar, "y") + Number(bar, "height"), 0.011));
        Assert.All(
            bars.Zip([0.582, 0.37, 0.7906, 0.3649]),
            pair => Assert.Equal(pair.Second / 0.8 * 320, Number(pair.First, "height"), 0.011));
        Assert.Equal(["58.2", "37.0", "79.1", "36.5"], bars.Select(bar => bar.ElementsAfterSelf(Svg("text")).Single().Value));
    }

    [Fact]
    public void Steps_are_named_below_their_bars_and_a_legend_tells_the_colours()
    {
        var texts = Draw("study", Rows).Descendants(Svg("text")).Select(text => text.Value).ToArray();
        Assert.All(
            ["study", "accuracy", "mean robustness", "1. vanilla CLIP", "2. progressive", "resolution", "3. LAMB", "0%", "80%"],
            text => Assert.Contains(text, texts));
    }

    [Fact]
    public void Without_robustness_sets_there_are_bars_of_accuracy_alone_in_the_middle_of_their_steps()
    {
        var picture = Draw("study", [.. Rows.Select(row => row with { Robustness = null })]);
        Assert.DoesNotContain(picture.Descendants(Svg("text")), text => text.Value == "mean robustness");
        var (bar, name) = (Bars(picture)[0], picture.Descendants(Svg("text")).Single(text => text.Value == "1. vanilla CLIP"));
        Assert.Equal(Number(name, "x"), Number(bar, "x") + (Number(bar, "width") / 2), 0.02);
    }

    [Fact]
    public void The_same_rows_give_the_same_bytes_also_where_the_language_writes_decimal_commas()
    {
        var text = AblationChart.Svg("study", Rows);
        using (DecimalCommas.Everywhere())
        {
            Assert.Equal(text, AblationChart.Svg("study", [.. Rows]));
        }
    }

    [Theory]
    [InlineData("<b>R&D</b>", 1)]
    [InlineData("optimizer.weight_decay=0.05,optimizer.learning_rate=0.0001,optimizer.betas=[0.9,0.95],stages.0.steps=40", 1)]
    [InlineData("WWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWW", 12)]
    [InlineData("words and words and words and words and words and words and words and words and words", 40)]
    public void Any_name_stays_below_its_own_step(string name, int steps)
    {
        var picture = Draw(name, [.. Enumerable.Range(1, steps).Select(number => new AblationRow(number, name, 1, 0, [], 1))]);
        var (width, height) = (Number(picture, "width"), Number(picture, "height"));
        foreach (var text in picture.Descendants(Svg("text")))
        {
            var half = TextFit.Width(text.Value, Number(text, "font-size")) / 2;
            switch (text.Attribute("text-anchor")?.Value)
            {
                case "middle":
                    Assert.InRange(half, 0, 60);
                    Assert.InRange(Number(text, "x"), half, width - half);
                    break;
                case null:
                    Assert.True(Number(text, "x") + (2 * half) <= width, text.Value);
                    break;
            }

            Assert.InRange(Number(text, "y"), 12, height - 4);
        }

        Assert.StartsWith($"{steps}. {name}", picture.Descendants(Svg("title")).Last().Value, StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_measured_yet_is_a_picture_of_the_steps()
        => Assert.Contains(
            Draw("study", [new(1, "base", null, null, [], 0)]).Descendants(Svg("text")),
            text => text.Value == "1. base");

    private static XElement Draw(string title, AblationRow[] rows) => XElement.Parse(AblationChart.Svg(title, rows));

    private static XName Svg(string name) => XName.Get(name, "http://www.w3.org/2000/svg");

    private static XElement[] Bars(XElement picture)
        => [.. picture.Descendants(Svg("title")).Select(title => title.ElementsAfterSelf(Svg("rect")).Single())];

    private static double Number(XElement element, string name)
        => double.Parse(element.Attribute(name)!.Value, CultureInfo.InvariantCulture);
}
