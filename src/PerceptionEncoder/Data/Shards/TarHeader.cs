using System.Buffers.Binary;
using System.Text;
using System.Text.Unicode;

namespace PerceptionEncoder.Data.Shards;

/// <summary>Fields of a 512-byte tar header (POSIX.1-2001 ustar and pax, and the GNU extensions).</summary>
internal static class TarHeader
{
    /// <summary>Offset of the type flag.</summary>
    public const int TypeOffset = 156;

    private const int ChecksumOffset = 148;
    private const int ChecksumLength = 8;

    /// <summary>Whether the sum of the bytes is the stored one.</summary>
    public static bool HasChecksum(ReadOnlySpan<byte> header)
    {
        var sum = ChecksumLength * ' ';
        for (var i = 0; i < header.Length; i++)
        {
            sum += i is >= ChecksumOffset and < ChecksumOffset + ChecksumLength ? 0 : header[i];
        }

        return Octal(header.Slice(ChecksumOffset, ChecksumLength)) == sum;
    }

    /// <summary>Bytes of data: octal, or base 256 where the first bit is set.</summary>
    public static long Size(ReadOnlySpan<byte> header)
    {
        var field = header.Slice(124, 12);
        var size = (field[0] & 0x80) == 0 ? Octal(field) : BinaryPrimitives.ReadInt64BigEndian(field[4..]);
        return size >= 0 ? size : throw new TarDamageException("a header has a size that is no number");
    }

    /// <summary>The name, behind the prefix where the header is POSIX ustar (GNU keeps other things there).</summary>
    public static string Name(ReadOnlySpan<byte> header)
    {
        var name = Text(header[..100]);
        return header[257..].StartsWith("ustar\0"u8) && header[345] != 0 ? $"{Text(header.Slice(345, 155))}/{name}" : name;
    }

    /// <summary>Path and size of a pax extended header, <c>LENGTH KEY=VALUE\n</c> each; null where absent.</summary>
    public static (string? Path, long? Size) PaxRecords(ReadOnlySpan<byte> records)
    {
        string? path = null;
        long? size = null;
        while (!records.IsEmpty)
        {
            var space = records.IndexOf((byte)' ');
            var equals = records.IndexOf((byte)'=');
            if (space < 0
                || equals < space
                || !int.TryParse(records[..space], out var length)
                || length <= equals
                || length > records.Length)
            {
                throw new TarDamageException("a pax header is malformed");
            }

            var key = records[(space + 1)..equals];
            var value = records[(equals + 1)..(length - 1)];
            if (key.SequenceEqual("path"u8))
            {
                path = Text(value);
            }
            else if (key.SequenceEqual("size"u8))
            {
                size = long.TryParse(value, out var bytes) && bytes >= 0
                    ? bytes
                    : throw new TarDamageException("a pax header has a size that is no number");
            }

            records = records[length..];
        }

        return (path, size);
    }

    /// <summary>Text up to the first zero. Names that are not UTF-8 are taken as Latin-1, which keeps different names different.</summary>
    public static string Text(ReadOnlySpan<byte> field)
    {
        var end = field.IndexOf((byte)0);
        var text = end < 0 ? field : field[..end];
        return (Utf8.IsValid(text) ? Encoding.UTF8 : Encoding.Latin1).GetString(text);
    }

    /// <summary>An octal number between blanks and zeros; -1 where it is none.</summary>
    private static long Octal(ReadOnlySpan<byte> field)
    {
        var value = 0L;
        foreach (var digit in field.Trim(" \0"u8))
        {
            if (digit is < (byte)'0' or > (byte)'7')
            {
                return -1;
            }

            value = (value << 3) | (uint)(digit - '0');
        }

        return value;
    }
}
