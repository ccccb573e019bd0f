using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using PerceptionEncoder.Data.Shards;

namespace PerceptionEncoder.Data.Dialogues;

/// <summary>Boxes as text: thousandths of the picture's sides, three digits each, as PLM was trained to write them.</summary>
/// <param name="Boxes">Left, top, width and height in pixels.</param>
/// <param name="Width">Of the picture, in pixels.</param>
/// <param name="Height">Of the picture, in pixels.</param>
public sealed partial record BoxText(IReadOnlyList<double[]> Boxes, double Width, double Height)
{
    private const double Largest = 0.999;

    /// <summary>Corners as <c>[015,041,062,125]</c>, cut to whole thousandths.</summary>
    public string Corners(int box) => Written(Shares(box, corners: true), share => $"{(int)(share * 1000):000}");

    /// <summary>Corners as <c>[0.016,0.042,0.062,0.125]</c>, rounded.</summary>
    public string DecimalCorners(int box) => Written(Shares(box, corners: true), share => share.ToString("F3", CultureInfo.InvariantCulture));

    /// <summary>Left, top, width and height as <c>[015,041,046,083]</c>, cut to whole thousandths.</summary>
    public string Sides(int box) => Written(Shares(box, corners: false), share => $"{(int)(share * 1000):000}");

    /// <summary>Puts the corners of box 3 in the place of <c>&lt;|bbox3|></c>.</summary>
    /// <exception cref="BadSampleException">There is no such box.</exception>
    public string Fill(string text) => Place().Replace(text, place =>
    {
        var box = int.Parse(place.Groups[1].ValueSpan, CultureInfo.InvariantCulture);
        return box < Boxes.Count ? Corners(box)
            : throw new BadSampleException(Dialogue.NoDialogue, $"names box {box} of {Boxes.Count}");
    });

    /// <summary>The boxes of a dialogue in JSON, or null.</summary>
    /// <exception cref="BadSampleException">They are damaged.</exception>
    internal static BoxText? Of(JsonElement root)
    {
        if (!root.TryGetProperty("boxes_xywh", out var boxes))
        {
            return null;
        }

        try
        {
            var text = new BoxText(
                [.. boxes.EnumerateArray().Select(box => box.EnumerateArray().Select(number => number.GetDouble()).ToArray())],
                root.GetProperty("width").GetDouble(),
                root.GetProperty("height").GetDouble());
            return text.Boxes.All(box => box.Length == 4) && text is { Width: > 0, Height: > 0 } ? text
                : throw new BadSampleException(Dialogue.NoDialogue, "\"boxes_xywh\" needs four numbers a box, and width and height above 0");
        }
        catch (Exception error) when (error is InvalidOperationException or KeyNotFoundException or FormatException)
        {
            throw new BadSampleException(Dialogue.NoDialogue, "\"boxes_xywh\" goes with \"width\" and \"height\" of the picture");
        }
    }

    private double[] Shares(int index, bool corners)
    {
        var box = Boxes[index];
        double[] far = corners ? [box[0] + box[2], box[1] + box[3]] : [box[2], box[3]];
        double[] shares = [box[0] / Width, box[1] / Height, far[0] / Width, far[1] / Height];
        return [.. shares.Select(share => Math.Clamp(share, 0, Largest))];
    }

    private static string Written(double[] shares, Func<double, string> write) => $"[{string.Join(',', shares.Select(write))}]";

    [GeneratedRegex(@"<\|bbox([0-9]{1,4})\|>")]
    private static partial Regex Place();
}
