using System.Text;
using System.Text.Json;

namespace PerceptionEncoder.Tools.VideoEngine.Selection;

/// <summary>
/// The answers about clips, a line each, added as they come: what was answered is not asked again. Safe to share between threads.
/// </summary>
internal sealed class AnswersFile : IDisposable
{
    /// <summary>Times that a question is asked which gets no clear answer.</summary>
    public const int MostAttempts = 2;

    private readonly Lock gate = new();
    private readonly FileStream file;
    private readonly Dictionary<string, (int Count, bool? IsYes)> answers = new(StringComparer.Ordinal);
    private (long Tokens, double Cost) spent;

    private AnswersFile(FileStream file) => this.file = file;

    /// <summary>Of all answers in it.</summary>
    public (long Tokens, double Cost) Spent
    {
        get
        {
            lock (gate)
            {
                return spent;
            }
        }
    }

    /// <summary>Opens a file, or begins one.</summary>
    /// <exception cref="UserErrorException">It is damaged, cannot be written, or another process has it.</exception>
    public static AnswersFile Open(string path)
    {
        AnswersFile? answers = null;
        try
        {
            answers = new AnswersFile(new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
            answers.CutUnfinishedLine();
            answers.Read(path);
            return answers;
        }
        catch (Exception failure)
        {
            answers?.Dispose();
            if (failure is IOException or UnauthorizedAccessException)
            {
                throw new UserErrorException(
                    $"{path}: cannot be opened ({failure.Message.ReplaceLineEndings(" ")}). Does another pe select into this folder?",
                    failure);
            }

            throw;
        }
    }

    /// <summary>How often a question was answered, and what; the answer is null as long as none is clear.</summary>
    public (int Count, bool? IsYes) this[string place]
    {
        get
        {
            lock (gate)
            {
                return answers.GetValueOrDefault(place);
            }
        }
    }

    /// <summary>Adds a line, which is in the file when this returns.</summary>
    /// <exception cref="UserErrorException">The disk is full.</exception>
    public void Add(RecordedClipAnswer answer)
    {
        lock (gate)
        {
            Note(answer);
            try
            {
                file.Write(Encoding.UTF8.GetBytes(answer.ToJson() + "\n"));
                file.Flush();
            }
            catch (IOException failure)
            {
                throw new UserErrorException(
                    $"{file.Name}: cannot be written ({failure.Message}); free some space and run it again.",
                    failure);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => file.Dispose();

    private void Note(RecordedClipAnswer answer)
    {
        var before = answers.GetValueOrDefault(answer.Place);
        answers[answer.Place] = (before.Count + 1, answer.IsYes ?? before.IsYes);
        spent = (spent.Tokens + answer.InputTokens + answer.OutputTokens, spent.Cost + answer.Cost);
    }

    /// <summary>A line that a killed run began is asked again.</summary>
    private void CutUnfinishedLine()
    {
        var end = file.Length;
        for (; end > 0; end--)
        {
            file.Position = end - 1;
            if (file.ReadByte() == '\n')
            {
                break;
            }
        }

        file.SetLength(end);
        file.Position = 0;
    }

    private void Read(string path)
    {
        using var reader = new StreamReader(file, Encoding.UTF8, leaveOpen: true);
        for (var number = 1; reader.ReadLine() is { } line; number++)
        {
            try
            {
                Note(RecordedClipAnswer.OfJson(line));
            }
            catch (JsonException damage)
            {
                var why = damage.Message.ReplaceLineEndings(" ");
                throw new UserErrorException($"{path}:{number}: is damaged ({why}). Delete the line.", damage);
            }
        }

        file.Position = file.Length;
    }
}
