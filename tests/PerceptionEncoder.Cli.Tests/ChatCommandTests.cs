namespace PerceptionEncoder.Cli.Tests;

/// <summary><c>pe ask</c> and <c>pe chat</c> with a trained decoder of a quarter of a million numbers.</summary>
public sealed class ChatCommandTests : IDisposable
{
    private const string Story = ", there was a little girl named Lily. She loved to play outside in the park.";

    private static readonly string Llama = Path.GetFullPath(Path.Combine(Repository.Root, "..", "shared", "data", "tiny-llama"));

    private readonly string folder = Directory.CreateTempSubdirectory().FullName;

    private string[] Model { get; } =
        ["--checkpoint", Path.Combine(Llama, "hf"), "--tokenizer", Path.Combine(Llama, "tok512.bin"), "--device", "cpu"];

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [SkippableFact]
    public void A_chat_answers_line_by_line_and_goes_on_after_what_it_cannot_do()
    {
        Skip.IfNot(Directory.Exists(Llama), $"{Llama} is absent");
        using var pe = PeProcess.StartFrom(
            "printf 'Once upon a time\\n/image none.png\\n/nonsense\\n/clear\\nOnce upon a time\\n/quit\\nnot reached\\n' | \"$@\"",
            ["chat", .. Model, "--max-tokens", "26"]);
        var (code, output, error) = pe.Wait();
        Assert.True(code == 0, output + error);
        string[] answers = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(2, answers.Length);
        Assert.All(answers, answer => Assert.StartsWith(Story[..40], answer, StringComparison.Ordinal));
        Assert.Contains("none.png", error, StringComparison.Ordinal);
        Assert.Contains("/clear forgets everything", error, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Ctrl_C_ends_the_answer_and_not_the_chat()
    {
        Skip.IfNot(Directory.Exists(Llama), $"{Llama} is absent");
        const int Attempts = 4;                                                  // the answer may be over before the signal comes
        for (var attempt = 1; ; attempt++)
        {
            var said = Path.Combine(folder, $"said{attempt}.txt");
            using var pe = PeProcess.StartFrom(
                $"exec \"$@\" > {said} < <(echo 'Once upon a time'; sleep 8; echo /clear; echo 'Once upon a time'; echo /quit)",
                ["chat", .. Model, "--max-tokens", "500"]);
            while (!pe.HasExited && (!File.Exists(said) || new FileInfo(said).Length == 0))
            {
                Thread.Sleep(5);
            }

            pe.Signal("INT");
            var (code, _, error) = pe.Wait();
            if (code == 130 && attempt < Attempts)
            {
                continue;
            }

            Assert.True(code == 0, $"exit code {code}\n{error}");
            var answers = File.ReadAllText(said).Split('\n', 2);
            Assert.True(answers[0].Length < answers[1].Length, "the first answer was not cut short");
            Assert.Contains(Story, answers[1], StringComparison.Ordinal);
            return;
        }
    }
}
