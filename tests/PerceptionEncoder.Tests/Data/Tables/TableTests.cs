using Parquet;
using Parquet.Schema;
using PerceptionEncoder.Data.Tables;
using PerceptionEncoder.Tests.Data;

namespace PerceptionEncoder.Tests.Data.Tables;

public sealed class TableTests : IDisposable
{
    private readonly ShardFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Every_form_of_table_gives_the_same_rows()
    {
        string[] rows = ["path=a.jpg,caption=one", "path=b.jpg,caption=\"two\""];
        Assert.Equal(rows, Rows(Write("t.csv", "path,caption\r\na.jpg,one\r\nb.jpg,\"\"\"two\"\"\"\r\n")));
        Assert.Equal(rows, Rows(Write("s.csv", "\ufeffpath;caption\na.jpg;one\nb.jpg;\"\"\"two\"\"\"\n")));
        Assert.Equal(rows, Rows(Write("t.tsv", "path\tcaption\na.jpg\tone\nb.jpg\t\"\"\"two\"\"\"\n")));
        Assert.Equal(
            rows,
            Rows(Write("t.jsonl", "{\"path\": \"a.jpg\", \"caption\": \"one\"}\n\n{\"path\": \"b.jpg\", \"caption\": \"\\\"two\\\"\"}\n")));
    }

    [Fact]
    public async Task Parquet_gives_texts_numbers_truth_values_and_lists_of_texts_with_and_without_nulls()
    {
        var path = folder.PathOf("t.parquet");
        DataField[] fields =
        [
            new DataField<string>("path"), new DataField<long>("width"), new DataField<double?>("score"), new DataField<bool>("good"),
            new DataField<byte[]>("bytes"),
        ];
        var element = new DataField<string>(ListField.ElementName);
        var schema = new ParquetSchema([.. fields, new ListField("captions", element)]);
        await using (var stream = File.Create(path))
        await using (var writer = await ParquetWriter.CreateAsync(schema, stream))
        {
            for (var i = 0; i < 2; i++)
            {
                using var group = writer.CreateRowGroup();
                await group.WriteAsync(fields[0], [$"a{i}.jpg", null!]);
                await group.WriteAsync<long>(fields[1], new long[] { 640, 7 });
                await group.WriteAsync<double>(fields[2], new double?[] { 0.5, null });
                await group.WriteAsync<bool>(fields[3], new[] { true, false });
                await group.WriteAsync(fields[4], [[1], [2]]);
                await group.WriteAsync(element, ["one", null!, "two", "three"], new[] { 0, 1, 1, 0 });
                group.CompleteValidate();
            }
        }

        var table = Table.Open(path);
        Assert.Equal(["path", "width", "score", "good", "captions"], table.Columns);
        Assert.Equal(["bytes"], ((ParquetTable)table).PassedOver);
        Assert.Equal(
            [
                "path=a0.jpg,width=640,score=0.5,good=true,captions=[\"one\",\"two\"]", "width=7,good=false,captions=[\"three\"]",
                "path=a1.jpg,width=640,score=0.5,good=true,captions=[\"one\",\"two\"]", "width=7,good=false,captions=[\"three\"]",
            ],
            Rows(path));
        Assert.Equal($"{path}:3", table.Rows().ElementAt(2).Place);
    }

    [Fact]
    public void Rows_that_do_not_fit_have_a_problem_and_the_others_stay()
    {
        var csv = Table.Open(Write("t.csv", "path,caption\na.jpg,one,more\nb.jpg,two\nc.jpg\n")).Rows().ToArray();
        Assert.Equal("3 fields, but 2 columns", csv[0].Problem);
        Assert.Null(csv[1].Problem);
        Assert.Equal((null, "c.jpg", null), (csv[2].Problem, csv[2].Text("path"), csv[2].Text("caption")));
        var json = Table.Open(Write("t.jsonl", "{\"path\": \"a.jpg\"}\n[1]\n{\"path\"\n")).Rows().ToArray();
        Assert.Null(json[0].Problem);
        Assert.Equal("a list, not an object", json[1].Problem);
        Assert.NotNull(json[2].Problem);
        Assert.EndsWith("t.jsonl:3", json[2].Place, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("t.csv", "", "is empty")]
    [InlineData("t.csv", "path,path\na,b\n", "t.csv:1: names the column 'path' twice")]
    [InlineData("t.csv", "PK\u0003\u0004 a spreadsheet", "a zip archive, not text")]
    [InlineData("t.parquet", "path,caption\n", "cannot be read as Parquet")]
    [InlineData("t.csv", "path,caption\na.jpg,caf\u00e9\n", "t.csv:2: not UTF-8 (byte 0xE9); it looks like Latin-1")]
    public void A_file_that_is_no_table_is_one_line(string name, string content, string message)
    {
        File.WriteAllText(folder.PathOf(name), content, System.Text.Encoding.Latin1);
        var failure = Assert.Throws<UserErrorException>(() => Table.Open(folder.PathOf(name)));
        Assert.Contains(message, failure.Message, StringComparison.Ordinal);
        Assert.Single(failure.Lines);
    }

    [Fact]
    public void Columns_are_found_by_customary_names_and_by_what_the_user_says()
    {
        var table = Table.Open(Write("t.csv", "id,File_Name,caption_0,caption_1,Class,width\n"));
        var found = TableColumns.Of(table, null, null, null, null);
        Assert.Equal(
            "paths from 'File_Name'; captions from 'caption_0', 'caption_1'; labels from 'Class'; keys from 'id'; metadata from 'width'",
            found.Describe(table));
        var chosen = TableColumns.Of(table, "width", ["Class"], "none", "File_Name");
        Assert.Equal(("width", "Class", null, "File_Name"), (chosen.Path, string.Join(',', chosen.Captions), chosen.Label, chosen.Id));
        Assert.Equal(
            $"{table.Path}: has no column 'widht'; did you mean 'width'?",
            Assert.Throws<UserErrorException>(() => TableColumns.Of(table, "widht", null, null, null)).Message);
    }

    [Fact]
    public void The_one_table_of_a_folder_is_found_and_of_several_none_is_chosen()
    {
        Assert.Null(Table.FindIn(folder.Root));
        var one = Write("t.csv", "path\n");
        Assert.Equal(one, Table.FindIn(folder.Root));
        Write("u.jsonl", "{}\n");
        Assert.Contains(
            "holds 2 tables (t.csv, u.jsonl)",
            Assert.Throws<UserErrorException>(() => Table.FindIn(folder.Root)).Message,
            StringComparison.Ordinal);
    }

    private string Write(string name, string text)
    {
        File.WriteAllText(folder.PathOf(name), text);
        return folder.PathOf(name);
    }

    private static IEnumerable<string> Rows(string path)
        => Table.Open(path).Rows().Select(row => string.Join(',', row.Cells.Select(cell => $"{cell.Key}={row.Text(cell.Key)}")));
}
