using System.Buffers.Binary;
using System.Text;

namespace PerceptionEncoder.Serialization.Weights;

/// <summary>
/// Where the members of a zip archive are, so that they can be mapped into memory in place; .NET's own reader does not tell. Sizes and
/// offsets are checked against the file, and members must not overlap. With ZIP64.
/// </summary>
/// <remarks>PKWARE APPNOTE 6.3, sections 4.3.7, 4.3.12 to 4.3.16 and 4.5.3.</remarks>
internal static class ZipDirectory
{
    private const int EndSize = 22, LocatorSize = 20, End64Size = 56, CentralSize = 46, LocalSize = 30, MaximumComment = 65535;
    private const uint EndMark = 0x06054b50, LocatorMark = 0x07064b50, End64Mark = 0x06064b50, CentralMark = 0x02014b50,
    LocalMark = 0x04034b50;

    /// <exception cref="FormatException">The archive is damaged or lies.</exception>
    public static IReadOnlyList<ZipMember> Read(Stream stream)
    {
        var (count, size, offset) = FindCentralDirectory(stream);
        Require(offset >= 0 && size >= 0 && size <= stream.Length && offset <= stream.Length - size, "its directory lies outside the file");
        Require(count >= 0 && count <= size / CentralSize, $"its directory of {size} bytes cannot hold {count} members");

        var directory = ReadAt(stream, offset, (int)Math.Min(size, int.MaxValue));
        var members = new List<ZipMember>((int)count);
        var names = new HashSet<string>(StringComparer.Ordinal);
        var position = 0;
        for (long i = 0; i < count; i++)
        {
            var (member, next) = ReadMember(stream, directory, position);
            Require(names.Add(member.Name), $"it has two members named {Shown(member.Name)}");
            members.Add(member);
            position = next;
        }

        CheckOverlap(members);
        return members;
    }

    private static (long Count, long Size, long Offset) FindCentralDirectory(Stream stream)
    {
        var tailLength = (int)Math.Min(stream.Length, EndSize + MaximumComment);
        var tailStart = stream.Length - tailLength;
        var tail = ReadAt(stream, tailStart, tailLength);
        var at = tailLength - EndSize;
        while (at >= 0 && U32(tail, at) != EndMark)
        {
            at--;
        }

        Require(at >= 0, "it is cut short: the zip directory at its end is missing");
        var locator = at - LocatorSize;
        if (locator < 0 || U32(tail, locator) != LocatorMark)
        {
            return (U16(tail, at + 10), U32(tail, at + 12), U32(tail, at + 16));
        }

        var end64 = (long)BinaryPrimitives.ReadUInt64LittleEndian(tail.AsSpan(locator + 8));
        Require(end64 >= 0 && end64 <= stream.Length - End64Size, "its directory lies outside the file");
        var record = ReadAt(stream, end64, End64Size);
        Require(U32(record, 0) == End64Mark, "its directory is damaged");
        return (I64(record, 32), I64(record, 40), I64(record, 48));
    }

    private static (ZipMember Member, int Next) ReadMember(Stream stream, byte[] directory, int at)
    {
        Require(at <= directory.Length - CentralSize && U32(directory, at) == CentralMark, "its directory is damaged");
        var (flags, method) = (U16(directory, at + 8), U16(directory, at + 10));
        var (nameLength, extraLength, commentLength) = (U16(directory, at + 28), U16(directory, at + 30), U16(directory, at + 32));
        var next = at + CentralSize + nameLength + extraLength + commentLength;
        Require(next <= directory.Length, "its directory is damaged");
        var name = Encoding.UTF8.GetString(directory, at + CentralSize, nameLength);
        var plain = (flags & 1) == 0 && method == 0;

        var extra = directory.AsSpan(at + CentralSize + nameLength, extraLength);
        long length = U32(directory, at + 24), stored = U32(directory, at + 20), offset = U32(directory, at + 42);
        Widen(extra, ref length, ref stored, ref offset);
        Require(
            (length == stored || !plain) && stored >= 0 && offset >= 0 && offset <= stream.Length - LocalSize,
            $"its member {Shown(name)} lies outside the file");
        var local = ReadAt(stream, offset, LocalSize);
        Require(U32(local, 0) == LocalMark, $"the head of its member {Shown(name)} is damaged");
        var begin = offset + LocalSize + U16(local, 26) + U16(local, 28);
        Require(begin <= stream.Length && stored <= stream.Length - begin, $"its member {Shown(name)} lies outside the file");
        return (new ZipMember(name, begin, stored, plain), next);
    }

    /// <summary>Takes 64-bit values, for those that are all ones, from the ZIP64 field.</summary>
    private static void Widen(ReadOnlySpan<byte> extra, ref long length, ref long stored, ref long offset)
    {
        while (extra.Length >= 4)
        {
            int id = BinaryPrimitives.ReadUInt16LittleEndian(extra), size = BinaryPrimitives.ReadUInt16LittleEndian(extra[2..]);
            Require(size <= extra.Length - 4, "its directory is damaged");
            if (id == 1)
            {
                var field = extra.Slice(4, size);
                Take(ref length, ref field);
                Take(ref stored, ref field);
                Take(ref offset, ref field);
                return;
            }

            extra = extra[(4 + size)..];
        }
    }

    private static void Take(ref long value, ref ReadOnlySpan<byte> field)
    {
        if (value == uint.MaxValue && field.Length >= 8)
        {
            value = BinaryPrimitives.ReadInt64LittleEndian(field);
            field = field[8..];
        }
    }

    private static void CheckOverlap(List<ZipMember> members)
    {
        long end = 0;
        foreach (var member in members.OrderBy(member => member.Begin).ThenBy(member => member.Length))
        {
            Require(member.Begin >= end, $"its member {Shown(member.Name)} overlaps another");
            end = member.Begin + member.Length;
        }
    }

    private static byte[] ReadAt(Stream stream, long offset, int length)
    {
        var bytes = new byte[length];
        stream.Position = offset;
        stream.ReadExactly(bytes);
        return bytes;
    }

    private static int U16(byte[] bytes, int at) => BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(at));

    private static uint U32(byte[] bytes, int at) => BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at));

    private static long I64(byte[] bytes, int at) => BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(at));

    private static string Shown(string name) => ShownText.Of(name);

    private static void Require(bool holds, string problem)
    {
        if (!holds)
        {
            throw new FormatException(problem);
        }
    }
}
