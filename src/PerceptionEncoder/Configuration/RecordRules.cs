using System.Collections;
using System.ComponentModel.DataAnnotations;
using System.Globalization;

namespace PerceptionEncoder.Configuration;

/// <summary>The validation attributes of a property, in the words of a config.</summary>
internal static class RecordRules
{
    /// <summary>Keys of a record that was made in code, and what is wrong with each.</summary>
    public static IEnumerable<(string Key, string Message)> Problems(object record)
        => RecordShape.Of(record.GetType()).Members.SelectMany(member => Check(member, member.Property.GetValue(record))
            .Select(problem => ($"{member.Key}{(problem.Index < 0 ? "" : $"[{problem.Index}]")}", problem.Message)));

    /// <summary>
    /// What is wrong with a value: its index where one item of a list is (-1 for the whole), and the message.
    /// <c>[Range]</c> on a list or an <see cref="Interval"/> holds for each number in it.
    /// </summary>
    public static IEnumerable<(int Index, string Message)> Check(RecordMember member, object? value)
    {
        if (value is Interval interval && !(interval.Low <= interval.High))
        {
            yield return (-1, $"the low end {Text(interval.Low)} is above the high end {Text(interval.High)}");
        }

        foreach (var rule in member.Rules)
        {
            if (rule is RangeAttribute range)
            {
                foreach (var (index, number) in Numbers(value))
                {
                    if (!Contains(range, number))
                    {
                        yield return (index, $"expected {Bounds(range)}, found {Text(number)}");
                    }
                }
            }
            else if (!rule.IsValid(value))
            {
                yield return (-1, rule.FormatErrorMessage(member.Key));
            }
        }
    }

    /// <summary>
    /// The bounds of a range as numbers; null where it is the largest or smallest number of a type, which stands for no bound.
    /// </summary>
    public static (double? Low, double? High) Limits(RangeAttribute range) => (
        Number(range.Minimum) is var low && low > long.MinValue && !range.Minimum.Equals(int.MinValue) ? low : null,
        Number(range.Maximum) is var high && high < long.MaxValue && !range.Maximum.Equals(int.MaxValue) ? high : null);

    private static IEnumerable<(int Index, object Number)> Numbers(object? value) => value switch
    {
        null => [],
        Interval ends => [(0, ends.Low), (1, ends.High)],
        IEnumerable items
            => items.Cast<object?>().Select((item, i) => (i, item))
                .Where(pair => pair.item is not null)
                .Select(pair => (pair.i, pair.item!)),
        _ => [(-1, value)],
    };

    private static bool Contains(RangeAttribute range, object value)
    {
        var (low, high) = Limits(range);
        double number = Number(value);
        return !double.IsNaN(number)
            && (low is null || number > low || (number == low && !range.MinimumIsExclusive))
            && (high is null || number < high || (number == high && !range.MaximumIsExclusive));
    }

    private static string Bounds(RangeAttribute range) => (Limits(range), range.MinimumIsExclusive, range.MaximumIsExclusive) switch
    {
        (({ } low, null), var exclusive, _) => exclusive ? $"a number above {Text(low)}" : $"at least {Text(low)}",
        ((null, { } high), _, var exclusive) => exclusive ? $"a number below {Text(high)}" : $"at most {Text(high)}",
        (({ } low, { } high), var above, var below)
            => $"a number {(above ? "above" : "from")} {Text(low)} {(below ? "to below" : "to")} {Text(high)}",
        _ => "a number",
    };

    private static double Number(object value) => Convert.ToDouble(value, CultureInfo.InvariantCulture);

    private static string Text(object number) => Convert.ToString(number, CultureInfo.InvariantCulture)!;
}
