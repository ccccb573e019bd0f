using System.Xml.Linq;
using PerceptionEncoder.Presentation;
using static System.FormattableString;

namespace PerceptionEncoder.Tools.Ablation;

/// <summary>The rows of an ablation as a picture: a bar for accuracy and one for robustness, step by step.</summary>
internal static class AblationChart
{
    private const int FewestSteps = 4;
    private const double StepWidth = 120;
    private const double BarWidth = 0.38;
    private const double Left = 56;
    private const double Right = 20;
    private const double Top = 84;
    private const double Height = 320;
    private const double TextSize = 12;
    private const double LineHeight = 16;
    private const int MostLines = 4;

    private static readonly (string Name, Func<AblationRow, double?> Value)[] Columns =
        [("accuracy", row => row.Accuracy), ("mean robustness", row => row.Robustness)];

    /// <summary>The SVG file, as wide as its steps need.</summary>
    public static string Svg(string title, IReadOnlyList<AblationRow> rows)
    {
        var columns = Columns.Where(column => rows.Any(row => column.Value(row) is not null)).ToArray();
        var highest = rows.SelectMany(row => columns.Select(column => column.Value(row) ?? 0)).Append(0.01).Max();
        var room = Math.Max(0, FewestSteps - rows.Count) / 2.0;
        var area = new ChartArea(ChartAxis.Exact(0.5 - room, rows.Count + 0.5 + room), ChartAxis.Rounded(0, highest))
        {
            Left = Left,
            Top = Top,
            Width = StepWidth * Math.Max(FewestSteps, rows.Count),
            Height = Height,
        };
        var names = rows.Select(row => TextFit.Wrap($"{row.Number}. {VisibleText.Line(row.Name)}", StepWidth - 10, TextSize, MostLines))
            .ToArray();
        return SvgPicture.Document(
            Left + area.Width + Right,
            Top + Height + 16 + (LineHeight * names.Max(lines => lines.Length)),
            $"{title}: {string.Join(" and ", columns.Select(column => column.Name))} by step",
            SvgPicture.Words("heading", Left, 28, TextFit.Cut(VisibleText.Line(title), area.Width, 16)),
            Legend(columns.Select(column => column.Name)),
            area.Rows(NumberText.ShortPercent),
            rows.Select((row, index) => Step(row, index + 1, names[index], columns, area)));
    }

    /// <summary>What is measured of a step, side by side over its name.</summary>
    private static XElement Step(
        AblationRow row,
        int place,
        string[] name,
        (string Name, Func<AblationRow, double?> Value)[] columns,
        ChartArea area)
    {
        var step = Html.Element("g", null, name.Select(
            (line, index) => SvgPicture.Words("words middle", area.X(place), Top + Height + 18 + (LineHeight * index), line)));
        foreach (var (index, column) in columns.Index())
        {
            if (column.Value(row) is { } value)
            {
                var from = place + ((index - (columns.Length / 2.0)) * BarWidth);
                step.Add(area.Bar(
                    $"bar c{index}",
                    (from, from + BarWidth),
                    value,
                    Invariant($"{100 * value:0.0}"),
                    $"{row.Number}. {VisibleText.Line(row.Name)}: {column.Name} {NumberText.Percent(value)}"));
            }
        }

        return step;
    }

    private static IEnumerable<XElement> Legend(IEnumerable<string> names)
    {
        var x = Left;
        foreach (var (index, name) in names.Index())
        {
            yield return Html.Element(
                "rect",
                $"bar c{index}",
                Html.Attribute("x", x),
                Html.Attribute("y", 42.0),
                Html.Attribute("width", 12.0),
                Html.Attribute("height", 12.0));
            yield return SvgPicture.Words("words", x + 18, 52.0, name);
            x += 18 + TextFit.Width(name, TextSize) + 20;
        }
    }
}
