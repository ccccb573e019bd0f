using System.Buffers.Binary;
using System.Formats.Tar;
using System.Text;
using System.Text.Json.Nodes;

namespace PerceptionEncoder.Cli.Tests;

/// <summary>What strangers wrote does nothing on the terminal, and what becomes of a command that cannot print.</summary>
public sealed class TerminalTests(TinyRun tiny) : IClassFixture<TinyRun>
{
    private const string Attack = "\u001b]0;owned\u0007\u009b31m\u202e\r";
    private const string Shown = @"\u001b]0;owned\u0007\u009b31m\u202e\u000d";

    [Fact]
    public void Escape_sequences_in_a_file_name_are_shown()
    {
        var (code, _, error) = PeProcess.Run("eval", "compare", $"/nowhere/{Attack}\npe: forged.json");
        Assert.Equal(2, code);
        Assert.StartsWith(
            $@"pe: /nowhere/{Shown}\u000ape: forged.json: cannot be read",
            Assert.Single(error.TrimEnd('\n').Split('\n')),
            StringComparison.Ordinal);
        Assert.DoesNotContain(error, character => character is '\u001b' or '\u0007' or '\u009b' or '\u202e' or '\r');
    }

    [Fact]
    public void Escape_sequences_and_markup_in_tensor_names_are_shown_in_tables()
    {
        var file = Path.Combine(tiny.Folder, "names.safetensors");
        WriteTensors(file, "\\u001b[2Jx", "[red]y[/]", "[/]", "a\\nb");
        var (code, output, error) = PeProcess.Run("checkpoint", "inspect", file);
        Assert.True(code == 0, output + error);
        Assert.DoesNotContain('\u001b', output);
        Assert.All([@"\u001b[2Jx ", "[red]y[/] ", "[/] ", @"a\u000ab "], name => Assert.Contains(name, output, StringComparison.Ordinal));
    }

    [Fact]
    public void Escape_sequences_in_the_key_of_a_bad_sample_are_shown_in_the_output_and_in_the_log()
    {
        var shard = Path.Combine(tiny.Folder, "hostile.tar");
        File.Copy(Path.Combine(tiny.Scenes, "train/00000.tar"), shard, overwrite: true);
        using (var writer = new TarWriter(File.Create($"{shard}.part")))
        {
            writer.WriteEntry(
                new PaxTarEntry(TarEntryType.RegularFile, $"{Attack}k.jpg") { DataStream = new MemoryStream("no picture"u8.ToArray()) });
            writer.WriteEntry(
                new PaxTarEntry(TarEntryType.RegularFile, $"{Attack}k.txt") { DataStream = new MemoryStream("a caption"u8.ToArray()) });
        }

        var config = tiny.WriteConfig("hostile");
        var (_, output, error) = PeProcess.Run(
            "pretrain", "--config", config, "--set",
            $"data.train=[{{shards: \"{tiny.Scenes}/train/00000.tar\"}}, {{shards: {shard}.part}}]", "--set", "data.bad_sample_limit=1",
            "--set", "stages.0.steps=3", "--set", "stages.1.steps=1");
        Assert.Contains($"{Shown}k", output, StringComparison.Ordinal);
        var log = File.ReadAllText(Path.Combine(tiny.Folder, "hostile/log.jsonl"));
        Assert.Contains(log.TrimEnd('\n').Split('\n'), line => JsonNode.Parse(line)!["Key"]?.GetValue<string>() == $"{Attack}k");
        Assert.DoesNotContain(output + error + log, character => character is '\u001b' or '\u0007' or '\u009b' or '\u202e' or '\r');
    }

    [Theory]
    [InlineData("\"$@\" >/dev/full", "pe: standard output cannot be written (No space left on device)")]
    [InlineData("\"$@\" >&-", "pe: standard output is closed. Send it to a file or to /dev/null.")]
    [InlineData("\"$@\" 2>&-", "pe: standard error is closed. Send it to a file or to /dev/null.")]
    [InlineData("\"$@\" --nonsense 2>/dev/full", "pe: standard error cannot be written (No space left on device)")]
    [InlineData("\"$@\" >/dev/full 2>/dev/full", "")]
    [InlineData("\"$@\" >&- 2>&-", "")]
    [InlineData("ulimit -n 100; \"$@\"", "pe: this process may open 100 files only, it needs 256. Raise the limit: ulimit -n 4096.")]
    public void A_stream_that_cannot_be_written_is_one_line_on_the_other(string shellLine, string line)
    {
        using var pe = PeProcess.StartFrom(shellLine, "config", "schema");
        var (code, output, error) = pe.Wait();
        Assert.Equal((2, line), (code, (output + error).TrimEnd('\n')));
    }

    [Fact]
    public void A_closed_pipe_ends_a_command_quietly_as_the_signal_for_it_would()
    {
        using var pe = PeProcess.StartFrom("\"$@\" | true; exit ${PIPESTATUS[0]}", "config", "schema");
        Assert.Equal((141, "", ""), pe.Wait());
    }

    [Fact]
    public void A_training_works_on_where_nobody_reads_what_it_prints()
    {
        using var pe = PeProcess.StartFrom("\"$@\" 2>&1 | true; exit ${PIPESTATUS[0]}", "pretrain", "--config", tiny.WriteConfig("unread"));
        Assert.Equal((0, "", ""), pe.Wait());
        Assert.Equal(40, tiny.Losses("unread").Count);
    }

    [Fact]
    public void A_training_whose_output_is_full_is_finished_and_says_so()
    {
        using var pe = PeProcess.StartFrom("\"$@\" >/dev/full", "pretrain", "--config", tiny.WriteConfig("full"));
        Assert.Equal((2, "", "pe: standard output cannot be written (No space left on device); the work itself is finished\n"), pe.Wait());
        Assert.Equal(40, tiny.Losses("full").Count);
    }

    [Theory]
    [InlineData("checkpoint create PE-Core-B16-224 --output FOLDER/large.safetensors")]
    [InlineData("data scenes --train 1000000 --output FOLDER/many")]
    public void The_first_signal_ends_a_command_within_two_seconds(string command)
    {
        using var pe = PeProcess.Start(
            command.Split(' ').Select(argument => argument.Replace("FOLDER", tiny.Folder, StringComparison.Ordinal)));
        Thread.Sleep(1500);
        Assert.False(pe.HasExited);
        var (code, _, error) = pe.EndInTwoSeconds("INT");
        Assert.Equal((130, ""), (code, error));
    }

    private static void WriteTensors(string path, params string[] names)
    {
        var tensors = names.Select(
            (name, index) => $"\"{name}\":{{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[{4 * index},{(4 * index) + 4}]}}");
        var header = Encoding.UTF8.GetBytes($"{{{string.Join(',', tensors)}}}");
        var length = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
        File.WriteAllBytes(path, [.. length, .. header, .. new byte[4 * names.Length]]);
    }
}
