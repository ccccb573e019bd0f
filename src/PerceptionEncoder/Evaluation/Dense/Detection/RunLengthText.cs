using System.Text;

namespace PerceptionEncoder.Evaluation.Dense.Detection;

/// <summary>
/// COCO's compressed run lengths: from the fourth on, each is written as what it is more than the one before the last; in groups of five
/// bits from the lowest, one printable character a group, with a sixth bit where another follows.
/// </summary>
internal static class RunLengthText
{
    private const int FirstLetter = '0';
    private const int GroupBits = 5;
    private const int GroupMask = 0x1F;
    private const int SignBit = 0x10;
    private const int MoreBit = 0x20;

    /// <summary>The bits of a run length that may be negative, as a difference.</summary>
    private const int MostBits = 40;

    /// <exception cref="FormatException">The text is no such text.</exception>
    public static IReadOnlyList<long> Read(string text)
    {
        var counts = new List<long>();
        for (var at = 0; at < text.Length;)
        {
            var (value, shift) = (0L, 0);
            int group;
            do
            {
                group = at < text.Length ? text[at++] - FirstLetter : throw new FormatException("its compressed runs break off");
                if (group is < 0 or > 63 || shift > MostBits)
                {
                    throw new FormatException($"its compressed runs have no meaning at character {at}");
                }

                value |= (long)(group & GroupMask) << shift;
                shift += GroupBits;
            }
            while ((group & MoreBit) != 0);

            if ((group & SignBit) != 0)
            {
                value |= -1L << shift;
            }

            counts.Add(counts.Count > 2 ? value + counts[^2] : value);
        }

        return counts;
    }

    /// <param name="counts">Run lengths.</param>
    public static string Write(IReadOnlyList<long> counts)
    {
        var text = new StringBuilder();
        for (var i = 0; i < counts.Count; i++)
        {
            var rest = i > 2 ? counts[i] - counts[i - 2] : counts[i];
            bool isMore;
            do
            {
                var group = (int)(rest & GroupMask);
                rest >>= GroupBits;
                isMore = rest != ((group & SignBit) != 0 ? -1 : 0);
                text.Append((char)(FirstLetter + (isMore ? group | MoreBit : group)));
            }
            while (isMore);
        }

        return text.ToString();
    }
}
