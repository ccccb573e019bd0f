using System.Text;
using System.Text.Json;

namespace PerceptionEncoder.Tools.VideoEngine.Selection;

/// <summary>
/// The measures of clips, a line each, added as they come: what a killed run has measured stays, and the next goes on behind it. The first
/// line says what they were measured with.
/// </summary>
internal sealed class MeasuresFile : IDisposable
{
    private const int FirstBuffer = 1 << 16;

    private readonly FileStream file;
    private readonly List<MeasuredClip> clips = [];

    private MeasuresFile(FileStream file) => this.file = file;

    /// <summary>Those that were there when it was opened.</summary>
    public IReadOnlyList<MeasuredClip> Clips => clips;

    /// <summary>Opens a file, or begins one.</summary>
    /// <param name="path">Its place.</param>
    /// <param name="settings">What is measured with, in words.</param>
    /// <exception cref="UserErrorException">It was made with others, is damaged, cannot be written, or another process has it.</exception>
    public static MeasuresFile Open(string path, string settings)
    {
        FileStream stream;
        try
        {
            stream = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException(
                $"{path}: cannot be opened ({failure.Message.ReplaceLineEndings(" ")}). Does another pe select into this folder?",
                failure);
        }

        var measures = new MeasuresFile(stream);
        try
        {
            measures.Read(path, settings);
            return measures;
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    /// <summary>Adds lines, which are in the file when this returns.</summary>
    /// <exception cref="UserErrorException">The disk is full.</exception>
    public void Add(IReadOnlyList<MeasuredClip> measured) => Write(string.Concat(measured.Select(clip => clip.ToJson() + "\n")));

    /// <inheritdoc/>
    public void Dispose() => file.Dispose();

    private void Read(string path, string settings)
    {
        var (whole, number) = (0L, 0L);
        foreach (var line in Lines())
        {
            (whole, number) = (whole + line.Length + 1, number + 1);
            if (number == 1)
            {
                Compare(path, line.Span, settings);
                continue;
            }

            try
            {
                clips.Add(MeasuredClip.OfJson(line.Span));
            }
            catch (JsonException damage)
            {
                var why = damage.Message.ReplaceLineEndings(" ");
                throw new UserErrorException($"{path}:{number}: is damaged ({why}). Delete the file.", damage);
            }
        }

        file.SetLength(whole);                                          // a line that a killed run began is measured again
        file.Position = whole;
        if (whole == 0)
        {
            Write(JsonSerializer.Serialize(new Dictionary<string, string> { ["settings"] = settings }) + "\n");
        }
    }

    /// <summary>Whole lines, each until the next is asked for.</summary>
    private IEnumerable<ReadOnlyMemory<byte>> Lines()
    {
        var buffer = new byte[FirstBuffer];
        for (int filled = 0, count; (count = file.Read(buffer, filled, buffer.Length - filled)) > 0;)
        {
            var (start, looked) = (0, filled);
            filled += count;
            for (int end; (end = Array.IndexOf(buffer, (byte)'\n', looked, filled - looked)) >= 0; start = looked = end + 1)
            {
                yield return buffer.AsMemory(start, end - start);
            }

            filled -= start;
            buffer.AsSpan(start, filled).CopyTo(buffer);
            if (filled == buffer.Length)
            {
                Array.Resize(ref buffer, 2 * buffer.Length);
            }
        }
    }

    private static void Compare(string path, ReadOnlySpan<byte> line, string settings)
    {
        string? before;
        try
        {
            before = JsonSerializer.Deserialize<Dictionary<string, string>>(line)?.GetValueOrDefault("settings");
        }
        catch (JsonException)
        {
            before = null;
        }

        if (before != settings)
        {
            throw new UserErrorException(before is null
                ? $"{path}: holds no measures of clips. Name another folder."
                : $"{path}: was measured with {before}, not with {settings}. Name another folder, or delete the file.");
        }
    }

    private void Write(string lines)
    {
        try
        {
            file.Write(Encoding.UTF8.GetBytes(lines));
            file.Flush();
        }
        catch (IOException failure)
        {
            throw new UserErrorException($"{file.Name}: cannot be written ({failure.Message}); free some space and run it again.", failure);
        }
    }
}
