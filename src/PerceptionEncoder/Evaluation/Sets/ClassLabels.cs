using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using PerceptionEncoder.Data.Shards;

namespace PerceptionEncoder.Evaluation.Sets;

// C classes
/// <summary>
/// The classes of a sample that may have several, as CLIP-benchmark stores them: a NumPy array [C] that is above 0 at each class of the
/// sample.
/// </summary>
internal static partial class ClassLabels
{
    /// <summary>Extension of the member that holds the array.</summary>
    public const string Member = "npy";

    private const int PrefixLength = 8;                // magic and version; the header's length follows

    private static readonly Dictionary<string, Func<byte[], int, double>> Readers = new()
    {
        ["|b1"] = (bytes, index) => bytes[index],
        ["|u1"] = (bytes, index) => bytes[index],
        ["|i1"] = (bytes, index) => (sbyte)bytes[index],
        ["<i2"] = (bytes, index) => BitConverter.ToInt16(bytes, index * sizeof(short)),
        ["<i4"] = (bytes, index) => BitConverter.ToInt32(bytes, index * sizeof(int)),
        ["<i8"] = (bytes, index) => BitConverter.ToInt64(bytes, index * sizeof(long)),
        ["<f4"] = (bytes, index) => BitConverter.ToSingle(bytes, index * sizeof(float)),
        ["<f8"] = (bytes, index) => BitConverter.ToDouble(bytes, index * sizeof(double)),
    };

    /// <summary>Indices of the sample's classes, ascending; empty where it is of none.</summary>
    /// <param name="sample">The sample.</param>
    /// <param name="classes">C.</param>
    /// <param name="set">Name of the set, for messages.</param>
    /// <exception cref="BadSampleException">There is no array that can be read.</exception>
    /// <exception cref="UserErrorException">It is for another number of classes: names and shards do not belong together.</exception>
    public static int[] Read(Sample sample, int classes, string set)
    {
        if (!sample.Members.TryGetValue(Member, out var member))
        {
            throw new BadSampleException(
                "missing labels",
                $"no {Member} among {sample.List()}, and the set is a multilabel set, as its type file says");
        }

        var (type, count, data) = Parse(member);
        if (count != classes)
        {
            throw new UserErrorException($"{sample.Shard}, sample {sample.Key}: "
                + $"has labels of {count} classes, and {set} has {classes} names. Use the class names that belong to the set.");
        }

        var read = Readers[type];
        return [.. Enumerable.Range(0, count).Where(index => read(data, index) > 0)];
    }

    private static (string Type, int Count, byte[] Data) Parse(ReadOnlyMemory<byte> member)
    {
        var bytes = member.Span;
        if (bytes.Length < PrefixLength + sizeof(int) || bytes[0] != 0x93 || !bytes[1..].StartsWith("NUMPY"u8))
        {
            throw Bad("no NumPy array");
        }

        var wide = bytes[6] > 1;
        var start = PrefixLength + (wide ? sizeof(int) : sizeof(ushort));
        var length = wide ? BitConverter.ToUInt32(bytes[PrefixLength..]) : BitConverter.ToUInt16(bytes[PrefixLength..]);
        if (start + length > bytes.Length)
        {
            throw Bad("its header is cut");
        }

        var header = Encoding.Latin1.GetString(bytes.Slice(start, (int)length));
        var (type, shape) = (Descr().Match(header).Groups[1].Value, Shape().Match(header).Groups[1]);
        var data = bytes[(start + (int)length)..].ToArray();
        if (!Readers.ContainsKey(type) || !shape.Success)
        {
            throw Bad($"'{header.Trim()}' is no array of one axis of numbers");
        }

        var count = int.Parse(shape.Value, CultureInfo.InvariantCulture);
        return (long)count * (type[2] - '0') <= data.Length ? (type, count, data) : throw Bad("its numbers are cut");
    }

    private static BadSampleException Bad(string why) => new("labels cannot be read", $"its {Member}: {why}");

    [GeneratedRegex("'descr': *'([^']+)'")]
    private static partial Regex Descr();

    [GeneratedRegex(@"'shape': *\(([0-9]{1,9}),\)")]
    private static partial Regex Shape();
}
