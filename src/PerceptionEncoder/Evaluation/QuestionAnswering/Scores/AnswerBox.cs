using System.Text.RegularExpressions;

namespace PerceptionEncoder.Evaluation.QuestionAnswering.Scores;

/// <summary>A box that an answer names, in 0..1 of the picture, as RefCOCO is scored.</summary>
/// <param name="Left">Of the box.</param>
/// <param name="Top">Of the box.</param>
/// <param name="Right">Of the box.</param>
/// <param name="Bottom">Of the box.</param>
public sealed partial record AnswerBox(double Left, double Top, double Right, double Bottom)
{
    /// <summary>
    /// The first <c>[a, b, c, d]</c> of plain decimals in an answer, as lmms-eval finds it; zeros where there is none. How PLM's own boxes
    /// of three digits were scored is not published: <see cref="OfThousandths"/> reads them.
    /// </summary>
    public static AnswerBox Parse(string response)
    {
        ArgumentNullException.ThrowIfNull(response);
        var match = Brackets().Match(response);
        return match.Success
            ? new AnswerBox(Number(match.Groups[1]), Number(match.Groups[2]), Number(match.Groups[3]), Number(match.Groups[4]))
            : new AnswerBox(0, 0, 0, 0);
    }

    /// <summary>As <see cref="Parse"/>, of boxes as PLM writes them: <c>[012,345,678,999]</c> in thousandths of the picture.</summary>
    public static AnswerBox OfThousandths(string response)
    {
        ArgumentNullException.ThrowIfNull(response);
        var box = Parse(response);
        return Thousandths().IsMatch(response)
            ? new AnswerBox(box.Left / 1000, box.Top / 1000, box.Right / 1000, box.Bottom / 1000)
            : box;
    }

    /// <summary>Intersection over union; 0 where neither has an area.</summary>
    public double Overlap(AnswerBox other)
    {
        ArgumentNullException.ThrowIfNull(other);
        var shared = Math.Max(0, Math.Min(Right, other.Right) - Math.Max(Left, other.Left))
            * Math.Max(0, Math.Min(Bottom, other.Bottom) - Math.Max(Top, other.Top));
        var union = Area + other.Area - shared;
        return union == 0 ? 0 : shared / union;
    }

    /// <summary>Whether another's centre is inside.</summary>
    public bool HasCentreOf(AnswerBox other)
    {
        ArgumentNullException.ThrowIfNull(other);
        var (x, y) = ((other.Left + other.Right) / 2, (other.Top + other.Bottom) / 2);
        return Left <= x && x <= Right && Top <= y && y <= Bottom;
    }

    private double Area => (Right - Left) * (Bottom - Top);

    private static double Number(Group group) => PythonText.Number(group.Value)!.Value;

    [GeneratedRegex(
        @"\[\s*(-?\d+(?:\.\d+)?),\s*(-?\d+(?:\.\d+)?),\s*(-?\d+(?:\.\d+)?),\s*(-?\d+(?:\.\d+)?)\s*\]",
        RegexOptions.CultureInvariant)]
    private static partial Regex Brackets();

    [GeneratedRegex(@"\A[^\[]*\[\s*[0-9]{3}\s*(?:,\s*[0-9]{3}\s*){3}\]", RegexOptions.CultureInvariant)]
    private static partial Regex Thousandths();
}
