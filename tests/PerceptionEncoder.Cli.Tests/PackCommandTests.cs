using System.Text.Json;

namespace PerceptionEncoder.Cli.Tests;

public sealed class PackCommandTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("pe-pack-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void A_table_is_packed_says_what_to_do_next_and_comes_back_by_unpacking()
    {
        Succeed("data", "scenes", "--output", At("scenes"), "--train", "60", "--test", "8");
        Succeed("data", "unpack", At("scenes/train"), "--output", At("photos"));
        var rows = File.ReadAllLines(At("photos/table.csv"));
        Assert.Equal(61, rows.Length);
        File.AppendAllText(At("photos/table.csv"), rows[1].Replace("000000000", "gone", StringComparison.Ordinal) + "\n");
        string[] pack =
        [
            "data", "pack", At("photos/table.csv"), "--output", At("own"), "--split", "train=0.8,test=0.2", "--shard-size", "20",
            "--json", At("own.json"),
        ];
        var (output, error) = Succeed(pack);
        Assert.Contains("CSV table; paths from 'path'; captions from 'caption'", error, StringComparison.Ordinal);
        Assert.Contains("table.csv:62: missing file", error, StringComparison.Ordinal);
        Assert.Contains("60 samples of 61 rows; 1 left out (1 missing file)", output, StringComparison.Ordinal);
        Assert.Contains($"train: [{{shards: \"{At("own/train")}/", output, StringComparison.Ordinal);
        Assert.Contains($"pe eval retrieval own --checkpoint CHECKPOINT --data {At("own")} --split test", output, StringComparison.Ordinal);
        using var summary = JsonDocument.Parse(File.ReadAllText(At("own.json")));
        Assert.Equal(60, summary.RootElement.GetProperty("samples").GetInt32());
        Assert.Equal(1, summary.RootElement.GetProperty("bad_by_reason").GetProperty("missing file").GetInt32());
        Assert.Contains("shards from before", Succeed(pack).Output, StringComparison.Ordinal);
        Succeed("data", "unpack", At("own"), "--output", At("back"), "--format", "jsonl");
        Assert.Equal(60, File.ReadAllLines(At("back/table.jsonl")).Length);
    }

    [Fact]
    public void What_cannot_be_packed_is_one_line_and_exit_code_2()
    {
        Directory.CreateDirectory(At("full/x"));
        File.WriteAllText(At("t.csv"), "path,caption\na.jpg,one\n");
        foreach (var (arguments, message) in new (string[], string)[]
        {
            ([At("gone.csv"), "--output", At("out")], "no such file or folder"),
            ([At("t.csv"), "--output", At("full")], "is not empty"),
            ([At("t.csv"), "--output", At("out"), "--caption", "captoin"], "did you mean 'caption'?"),
            ([At("t.csv"), "--output", At("out"), "--split", "train=2"], "is no NAME=SHARE"),
        })
        {
            var (code, _, error) = PeProcess.Run(["data", "pack", .. arguments]);
            Assert.Equal(2, code);
            var line = Assert.Single(error.Split('\n'), text => text.StartsWith("pe: ", StringComparison.Ordinal));
            Assert.Contains(message, line, StringComparison.Ordinal);
        }
    }

    private string At(string name) => Path.Combine(folder, name);

    private static (string Output, string Error) Succeed(params string[] arguments)
    {
        var (code, output, error) = PeProcess.Run(arguments);
        Assert.True(code == 0, $"pe {string.Join(' ', arguments)} ended with {code}:\n{output}\n{error}");
        return (output, error);
    }
}
