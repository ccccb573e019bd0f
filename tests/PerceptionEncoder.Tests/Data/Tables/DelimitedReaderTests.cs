using System.Text;
using CsCheck;
using PerceptionEncoder.Data.Tables;

namespace PerceptionEncoder.Tests.Data.Tables;

public class DelimitedReaderTests
{
    private static readonly Gen<string> Field = Gen.OneOf(
        Gen.String[Gen.Char["ab ,;\"\r\n\tä€"], 0, 12],
        Gen.Const(""),
        Gen.Const("\""),
        Gen.Const("\r\n"));

    [Fact]
    public void What_is_written_is_read_again()
        => Gen.Int[1, 5].SelectMany(width => Field.Array[width].Array[1, 8]).Sample(rows =>
        {
            var text = string.Concat(rows.Select(row => DelimitedWriter.Row(row)));
            var read = Read(text).Select(row => row.Fields).ToArray();
            return read.Length == rows.Length && read.Zip(rows).All(pair => pair.First.SequenceEqual(pair.Second));
        });

    [Fact]
    public void Rows_begin_at_the_line_of_their_first_character_whatever_ends_the_lines()
    {
        foreach (var end in new[] { "\n", "\r\n", "\r" })
        {
            var text = $"a,b{end}\"two{end}lines\",x{end}{end}last,row{end}";
            Assert.Equal(
                [(1, "a|b"), (2, $"two{end}lines|x"), (5, "last|row")],
                Read(text).Select(row => (row.Line, string.Join('|', row.Fields))));
        }
    }

    [Fact]
    public void Quotes_inside_a_field_are_characters_and_doubled_ones_inside_quotes_are_one()
        => Assert.Equal(
            ["a 5\" disk|say \"hi\"| kept "],
            Read("a 5\" disk,\"say \"\"hi\"\"\",\" kept \"").Select(row => string.Join('|', row.Fields)));

    [Fact]
    public void Between_tabs_a_row_is_a_line_and_a_lone_quote_a_character()
        => Assert.Equal(
            ["\"a|b", "quoted|c"],
            Read("\"a\tb\n\"quoted\"\tc\n", '\t').Select(row => string.Join('|', row.Fields)));

    [Theory]
    [InlineData("a,b\nx,\"never", "t.csv:2: a quote is opened here and never closed")]
    [InlineData("a,b\n\nx,\"y\" z\n", "t.csv:3: a field that begins with a quote has text behind its closing quote")]
    [InlineData("a\0b", "t.csv:1: holds a NUL character")]
    public void Damage_is_one_line_with_its_place(string text, string message)
    {
        var failure = Assert.Throws<UserErrorException>(() => Read(text).ToList());
        Assert.StartsWith(message, failure.Message, StringComparison.Ordinal);
        Assert.Single(failure.Lines);
    }

    [Fact]
    public void A_field_longer_than_the_buffer_is_whole()
    {
        var (plain, quoted) = (new string('x', 70_000), string.Concat(Enumerable.Repeat("\"\r\n,", 20_000)));
        Assert.Equal([plain, quoted], Read(DelimitedWriter.Row(plain, quoted)).Single().Fields);
    }

    [Fact]
    public void Encodings_with_a_mark_are_read_and_others_named_with_their_line()
    {
        var path = Path.GetTempFileName();
        try
        {
            foreach (var encoding in new Encoding[] { new UTF8Encoding(true), Encoding.Unicode, Encoding.UTF32 })
            {
                File.WriteAllText(path, "päth,x\n", encoding);
                using var text = UserText.Reader(path);
                Assert.Equal(["päth", "x"], new DelimitedReader(text, ',', path).Rows().Single().Fields);
            }

            File.WriteAllBytes(path, [.. "a,b\n"u8, 0xE4, .. ",c\n"u8]);
            using var latin = UserText.Reader(path);
            Assert.StartsWith(
                $"{path}:2: not UTF-8 (byte 0xE4); it looks like Latin-1",
                Assert.Throws<UserErrorException>(() => new DelimitedReader(latin, ',', path).Rows().ToList()).Message,
                StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static IEnumerable<(long Line, IReadOnlyList<string> Fields)> Read(string text, char separator = ',')
        => new DelimitedReader(new StringReader(text), separator, "t.csv").Rows();
}
