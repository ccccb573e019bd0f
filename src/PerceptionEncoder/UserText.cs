using System.Buffers;
using System.Text;

namespace PerceptionEncoder;

/// <summary>
/// The one reader of text that people write: captions, class names, prompts, lists, tables, vocabularies, configs. It is UTF-8, or UTF-16
/// or UTF-32 with a byte-order mark; anything else is refused with its line, never read as something it is not.
/// </summary>
internal static class UserText
{
    /// <summary>Bytes of the largest file that is read whole.</summary>
    public const long Limit = 256L << 20;

    /// <summary>Characters of the longest line of a file that is read line by line.</summary>
    private const int LineLimit = 1 << 24;

    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The whole text of a file.</summary>
    /// <exception cref="UserErrorException">It is missing, too large, cannot be read, or is no text; says what to do.</exception>
    public static string Read(string path)
    {
        try
        {
            return Decode(UserFile.ReadRegular(path, Limit));
        }
        catch (TextEncodingException bad)
        {
            throw new UserErrorException($"{path}:{bad.Line}: {bad.Message}", bad);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw Unreadable(path, failure);
        }
    }

    /// <summary>The text of some bytes, without a mark at their start.</summary>
    /// <exception cref="TextEncodingException">They are no text.</exception>
    public static string Decode(ReadOnlySpan<byte> bytes)
    {
        var (encoding, mark) = Marked(bytes);
        if (encoding == Utf8)
        {
            return DecodeUtf8(bytes[mark..]);
        }

        try
        {
            return WithoutZero(encoding.GetString(bytes[mark..]), bytes);
        }
        catch (DecoderFallbackException)
        {
            var lenient = (Encoding)encoding.Clone();
            lenient.DecoderFallback = new DecoderReplacementFallback("\uFFFD");
            var text = lenient.GetString(bytes[mark..]);
            throw new TextEncodingException(
                LineAt(text, text.IndexOf('\uFFFD', StringComparison.Ordinal)),
                $"{NotAsMarked(encoding)} Save the file as UTF-8.");
        }
    }

    /// <summary>The text of a line, or of anything that cannot have a mark.</summary>
    /// <exception cref="TextEncodingException">It is not UTF-8.</exception>
    public static string DecodeUtf8(ReadOnlySpan<byte> bytes)
        => System.Text.Unicode.Utf8.IsValid(bytes) ? WithoutZero(Utf8.GetString(bytes), bytes) : throw NotUtf8(bytes);

    /// <summary>
    /// The lines of a file that are not blank, numbered from 1, as UTF-8; a line that is not valid stays as it is, so that its reader can
    /// pass over it alone.
    /// </summary>
    /// <param name="path">Of the file.</param>
    /// <param name="unpack">Reads a gzipped file as what it holds.</param>
    /// <exception cref="UserErrorException">The file is missing or cannot be read, or a line has no end.</exception>
    public static IEnumerable<(int Number, byte[] Utf8)> Lines(string path, bool unpack = false)
    {
        var (stream, encoding) = OpenBehindMark(path, unpack);
        using var _ = stream;

        // Latin-1 gives every byte back, so that lines that are not UTF-8 are found one by one.
        var bytewise = encoding == Utf8 ? Encoding.Latin1 : null;
        using var reader = new StreamReader(stream, bytewise ?? encoding, detectEncodingFromByteOrderMarks: false, 1 << 16);
        var (block, line, number, afterReturn) = (new char[1 << 15], new StringBuilder(), 1, false);
        while (ReadBlock(reader, block, path, number) is > 0 and var length)
        {
            for (var start = 0; start < length;)
            {
                var end = block.AsSpan(start, length - start).IndexOfAny('\r', '\n');
                line.Append(block, start, end < 0 ? length - start : end);
                if (line.Length > LineLimit)
                {
                    throw new UserErrorException(
                        $"{path}:{number}: a line of more than {LineLimit} characters; give a file with one entry a line.");
                }

                if (end < 0)
                {
                    break;
                }

                start += end + 1;
                var isSecondHalf = block[start - 1] == '\n' && afterReturn && line.Length == 0;
                afterReturn = block[start - 1] == '\r';
                if (!isSecondHalf)
                {
                    if (Content() is { } content)
                    {
                        yield return (number, content);
                    }

                    number++;
                }
            }
        }

        if (Content() is { } last)
        {
            yield return (number, last);
        }

        byte[]? Content()
        {
            var text = line.ToString();
            line.Clear();
            return text.AsSpan().ContainsAnyExcept(' ', '\t') ? (bytewise ?? Utf8).GetBytes(text) : null;
        }
    }

    /// <summary>The characters of a file of any length; reading throws where they are no text.</summary>
    /// <exception cref="UserErrorException">The file is missing, cannot be read, or is a known file of another kind.</exception>
    public static StreamReader Reader(string path)
    {
        var stream = Open(path);
        var head = new byte[FileKind.HeadLength];
        var bytes = head.AsSpan(0, stream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false));
        if (FileKind.Of(bytes) is { } kind)
        {
            stream.Dispose();
            throw new UserErrorException($"{path}: {kind.Name}, not text. {kind.Advice}");
        }

        var (encoding, mark) = Marked(bytes);
        stream.Position = mark;
        return new StreamReader(stream, encoding, detectEncodingFromByteOrderMarks: false, 1 << 16);
    }

    /// <summary>
    /// What to say of a file that <see cref="Reader"/> cannot read on: its first line that is no text, and what it seems to be.
    /// </summary>
    public static UserErrorException NotText(string path)
    {
        foreach (var (number, utf8) in Lines(path))
        {
            try
            {
                DecodeUtf8(utf8);
            }
            catch (TextEncodingException bad)
            {
                return new UserErrorException($"{path}:{number}: {bad.Message}", bad);
            }
        }

        return new UserErrorException($"{path}: not text in its encoding. Save the file as UTF-8.");
    }

    private static Stream Open(string path, bool unpack = false)
    {
        try
        {
            return unpack ? GZipFile.OpenRead(path) : UserFile.Open(path);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw Unreadable(path, failure);
        }
    }

    private static int ReadBlock(StreamReader reader, char[] block, string path, int number)
    {
        try
        {
            return reader.Read(block, 0, block.Length);
        }
        catch (DecoderFallbackException)
        {
            throw new UserErrorException(
                $"{path}:{number}: {NotAsMarked(reader.CurrentEncoding)} It begins about here. Save the file as UTF-8.");
        }
        catch (InvalidDataException damage)
        {
            throw Damaged(path, number, damage);
        }
        catch (IOException failure)
        {
            throw Unreadable(path, failure);
        }
    }

    /// <summary>The encoding of a file, and its text behind the byte-order mark.</summary>
    private static (Stream Stream, Encoding Encoding) OpenBehindMark(string path, bool unpack)
    {
        try
        {
            var head = new byte[4];
            using var start = Open(path, unpack);
            var (encoding, mark) = Marked(head.AsSpan(0, start.ReadAtLeast(head, head.Length, throwOnEndOfStream: false)));
            var stream = Open(path, unpack);
            stream.ReadExactly(head, 0, mark);
            return (stream, encoding);
        }
        catch (InvalidDataException damage)
        {
            throw Damaged(path, 1, damage);
        }
    }

    private static UserErrorException Damaged(string path, int number, InvalidDataException damage)
        => new($"{path}:{number}: its gzip stream is damaged about here ({damage.Message.TrimEnd('.')}); use an intact copy.", damage);

    private static string NotAsMarked(Encoding encoding)
        => $"not valid {encoding.WebName.ToUpperInvariant()}, which its byte-order mark says it is.";

    private static UserErrorException Unreadable(string path, Exception failure)
        => new(
            $"{path}: cannot be read ({failure.Message.ReplaceLineEndings(" ").TrimEnd('.')}). Check the path and the permissions.",
            failure);

    /// <summary>The encoding that a byte-order mark names, strict, and the mark's length; UTF-8 where there is none.</summary>
    private static (Encoding Encoding, int Mark) Marked(ReadOnlySpan<byte> bytes) => bytes switch
    {
        [0xEF, 0xBB, 0xBF, ..] => (Utf8, 3),
        [0xFF, 0xFE, 0, 0, ..] => (new UTF32Encoding(bigEndian: false, byteOrderMark: false, throwOnInvalidCharacters: true), 4),
        [0, 0, 0xFE, 0xFF, ..] => (new UTF32Encoding(bigEndian: true, byteOrderMark: false, throwOnInvalidCharacters: true), 4),
        [0xFF, 0xFE, ..] => (new UnicodeEncoding(bigEndian: false, byteOrderMark: false, throwOnInvalidBytes: true), 2),
        [0xFE, 0xFF, ..] => (new UnicodeEncoding(bigEndian: true, byteOrderMark: false, throwOnInvalidBytes: true), 2),
        _ => (Utf8, 0),
    };

    private static string WithoutZero(string text, ReadOnlySpan<byte> bytes)
    {
        var zero = text.IndexOf('\0', StringComparison.Ordinal);
        return zero < 0 ? text : throw new TextEncodingException(LineAt(text, zero), Describe(bytes, "holds a NUL character"));
    }

    private static TextEncodingException NotUtf8(ReadOnlySpan<byte> bytes)
    {
        var (at, line) = (0, 1);
        while (Rune.DecodeFromUtf8(bytes[at..], out var rune, out var length) == OperationStatus.Done && rune.Value != 0)
        {
            at += length;
            line += rune.Value == '\n' ? 1 : 0;
        }

        return new TextEncodingException(line, Describe(bytes, $"not UTF-8 (byte 0x{bytes[at]:X2})"));
    }

    /// <summary>Names what the bytes seem to be, and what to do.</summary>
    private static string Describe(ReadOnlySpan<byte> bytes, string problem)
    {
        if (FileKind.Of(bytes[..Math.Min(bytes.Length, FileKind.HeadLength)]) is { } kind)
        {
            return $"{kind.Name}, not text. {kind.Advice}";
        }

        if (WideEncoding(bytes) is { } wide)
        {
            return $"{problem}; it looks like {wide} without a byte-order mark. Save the file as UTF-8, as by: iconv -f {wide} -t UTF-8.";
        }

        return bytes.ContainsAnyInRange((byte)0, (byte)8)
            ? $"{problem}; it does not look like text. Give a text file in UTF-8."
            : $"{problem}; it looks like Latin-1 or Windows-1252. Save the file as UTF-8, as by: iconv -f WINDOWS-1252 -t UTF-8.";
    }

    /// <summary>UTF-16 or UTF-32 by where the zeros are that Western text, blanks and line breaks have in it.</summary>
    private static string? WideEncoding(ReadOnlySpan<byte> bytes)
    {
        bytes = bytes[..Math.Min(bytes.Length & ~3, 4096)];
        Span<int> zeros = stackalloc int[4];
        for (var i = 0; i < bytes.Length; i++)
        {
            zeros[i & 3] += bytes[i] == 0 ? 1 : 0;
        }

        var (few, many) = (bytes.Length / 80, Math.Max(1, bytes.Length / 40));
        return zeros[1] >= many && zeros[2] >= many && zeros[3] >= many && zeros[0] <= few ? "UTF-32LE"
            : zeros[0] >= many && zeros[1] >= many && zeros[2] >= many && zeros[3] <= few ? "UTF-32BE"
            : zeros[1] >= many && zeros[3] >= many && zeros[0] <= few && zeros[2] <= few ? "UTF-16LE"
            : zeros[0] >= many && zeros[2] >= many && zeros[1] <= few && zeros[3] <= few ? "UTF-16BE"
            : null;
    }

    private static int LineAt(string text, int index) => 1 + text.AsSpan(0, index).Count('\n');
}
