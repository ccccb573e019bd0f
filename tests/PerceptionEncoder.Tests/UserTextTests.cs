using System.Text;

namespace PerceptionEncoder.Tests;

public sealed class UserTextTests : IDisposable
{
    private const string Text = "größer\n二行目 😀\n";
    private readonly string root = Directory.CreateTempSubdirectory("pe-text-").FullName;

    public static TheoryData<string, bool> Encodings => new()
    {
        { "utf-8", false },
        { "utf-8", true },
        { "utf-16LE", true },
        { "utf-16BE", true },
        { "utf-32LE", true },
        { "utf-32BE", true },
    };

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Theory]
    [MemberData(nameof(Encodings))]
    public void A_byte_order_mark_says_how_text_is_read(string name, bool marked)
    {
        var path = Write(Bytes(name, marked));
        Assert.Equal(Text, UserText.Read(path));
        Assert.Equal(
            [(1, "größer"), (2, "二行目 😀")],
            UserText.Lines(path).Select(line => (line.Number, Encoding.UTF8.GetString(line.Utf8))));
    }

    [Theory]
    [InlineData("utf-16LE", "it looks like UTF-16LE without a byte-order mark")]
    [InlineData("utf-16BE", "it looks like UTF-16BE without a byte-order mark")]
    [InlineData("utf-32LE", "it looks like UTF-32LE without a byte-order mark")]
    [InlineData("latin1", "not UTF-8 (byte 0xF6); it looks like Latin-1 or Windows-1252")]
    public void Text_in_another_encoding_is_refused_with_what_it_seems_to_be(string name, string expected)
    {
        var path = Write(Encoding.GetEncoding(name).GetBytes("first line\nein größerer Hund\n"));
        var message = Assert.Throws<UserErrorException>(() => UserText.Read(path)).Message;
        Assert.Contains(expected, message);
        Assert.StartsWith(name == "latin1" ? $"{path}:2: " : $"{path}:1: ", message);
        Assert.DoesNotContain('\n', message);
    }

    [Fact]
    public void A_zero_and_a_half_pair_are_refused_with_their_line()
    {
        Assert.Equal(2, Assert.Throws<TextEncodingException>(() => UserText.Decode("a\nb\0c"u8)).Line);
        Assert.Equal(
            2,
            Assert.Throws<TextEncodingException>(
                () => UserText.Decode([0xFF, 0xFE, (byte)'a', 0, (byte)'\n', 0, 0x3D, 0xD8, (byte)'b', 0])).Line);
        Assert.Contains(
            "a gzip file, not text",
            Assert.Throws<TextEncodingException>(() => UserText.Decode([0x1F, 0x8B, 8, 0, 0xFF])).Message);
    }

    [Fact]
    public void Lines_end_in_any_of_the_three_ways_also_between_two_reads()
    {
        var long1 = new string('x', (1 << 15) - 1);
        var path = Write(Encoding.UTF8.GetBytes($"{long1}\r\na\rb\n\n \t\nc"));
        Assert.Equal(
            [(1, long1), (2, "a"), (3, "b"), (6, "c")],
            UserText.Lines(path).Select(line => (line.Number, Encoding.UTF8.GetString(line.Utf8))));
    }

    [Fact]
    public void A_file_too_large_is_one_line()
    {
        var path = Write([]);
        using (var stream = File.OpenWrite(path))
        {
            stream.SetLength(UserText.Limit + 1);
        }

        Assert.Contains("more than the limit", Assert.Throws<UserErrorException>(() => UserText.Read(path)).Message);
        Assert.Contains("a line of more than", Assert.Throws<UserErrorException>(() => UserText.Lines(path).Count()).Message);
    }

    private static byte[] Bytes(string name, bool marked)
    {
        Encoding encoding = name switch
        {
            "utf-8" => new UTF8Encoding(marked),
            "utf-16LE" => new UnicodeEncoding(false, marked),
            "utf-16BE" => new UnicodeEncoding(true, marked),
            "utf-32LE" => new UTF32Encoding(false, marked),
            _ => new UTF32Encoding(true, marked),
        };
        return [.. encoding.GetPreamble(), .. encoding.GetBytes(Text)];
    }

    private string Write(byte[] bytes)
    {
        var path = Path.Combine(root, "text.txt");
        File.WriteAllBytes(path, bytes);
        return path;
    }
}
