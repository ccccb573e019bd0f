using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using static TorchSharp.torch;

namespace PerceptionEncoder.Serialization.Features;

/// <summary>The head of a NumPy array file.</summary>
/// <param name="Type">float32 or float16.</param>
/// <param name="Shape">[rows, row shape...].</param>
/// <param name="Begin">Offset of the first number.</param>
/// <remarks>NumPy's format description, NEP 1; versions 1 to 3.</remarks>
internal sealed partial record NpyHeader(ScalarType Type, IReadOnlyList<long> Shape, long Begin)
{
    private const int MaximumLength = 1 << 20;

    private static readonly byte[] Magic = [0x93, .. "NUMPY"u8];

    /// <exception cref="UserErrorException">It is no array that features can be in, or is cut short.</exception>
    public static NpyHeader Read(Stream stream, string path)
    {
        var start = new byte[Magic.Length + 2 + sizeof(uint)];
        if (stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false) < start.Length
            || !start.AsSpan().StartsWith(Magic))
        {
            throw Broken(path, "it does not begin as NumPy's array files do");
        }

        var isShort = start[Magic.Length] == 1;
        var begin = Magic.Length + 2 + (isShort ? sizeof(ushort) : sizeof(uint));
        var length = isShort
            ? BinaryPrimitives.ReadUInt16LittleEndian(start.AsSpan(Magic.Length + 2))
            : BinaryPrimitives.ReadUInt32LittleEndian(start.AsSpan(Magic.Length + 2));
        if (length > MaximumLength || begin + length > stream.Length)
        {
            throw Broken(path, $"its head of {length} bytes does not fit a file of {stream.Length} bytes");
        }

        var bytes = new byte[length];
        stream.Position = begin;
        stream.ReadExactly(bytes);
        var header = Parse(Encoding.UTF8.GetString(bytes), begin + length, path);
        var needed = header.Shape.Aggregate((Int128)(header.Type == ScalarType.Float16 ? 2 : 4), (product, side) => product * side);
        return begin + length + needed == stream.Length ? header
            : throw Broken(path, $"its head promises {needed} bytes of numbers, and {stream.Length - begin - length} are there");
    }

    private static NpyHeader Parse(string text, long begin, string path)
    {
        if (Description().Match(text) is not { Success: true } type || Sides().Match(text) is not { Success: true } shape)
        {
            throw Broken(path, "its head names no type and shape");
        }

        var sides = Number().Matches(shape.Groups[1].Value)
            .Select(side => long.TryParse(side.Value, CultureInfo.InvariantCulture, out var number) ? number : long.MaxValue).ToArray();
        if (sides.Length < 2 || FortranOrder().IsMatch(text))
        {
            var order = sides.Length < 2 ? "" : " in column order";
            throw new UserErrorException($"{path}: holds an array of {sides.Length} dimensions{order}, where features are a row for each "
                + "input. Save it as a C-ordered array of [rows, numbers].");
        }

        return type.Groups[1].Value switch
        {
            "<f4" or "=f4" => new(ScalarType.Float32, sides, begin),
            "<f2" or "=f2" => new(ScalarType.Float16, sides, begin),
            var other => throw new UserErrorException($"{path}: holds numbers of type {VisibleText.Line(other)}, "
                + "where features are float32 or float16. Save it as one of these."),
        };
    }

    private static UserErrorException Broken(string path, string why)
        => new($"{path}: is no usable .npy file: {why}. Write or copy it again.");

    [GeneratedRegex(@"['""]descr['""]\s*:\s*['""]([^'""]*)['""]")]
    private static partial Regex Description();

    [GeneratedRegex(@"['""]shape['""]\s*:\s*\(([^)]*)\)")]
    private static partial Regex Sides();

    [GeneratedRegex(@"['""]fortran_order['""]\s*:\s*True")]
    private static partial Regex FortranOrder();

    [GeneratedRegex(@"\d+")]
    private static partial Regex Number();
}
