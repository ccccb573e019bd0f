using System.Buffers.Binary;
using System.Text;

namespace PerceptionEncoder.Tokenization.Language;

/// <summary>llama2.c's tokenizer: code points behind a space, then joined with the neighbour whose pair has the highest score.</summary>
internal sealed class StoryPieces : ITextEncoder
{
    /// <summary>Ids of the start and the end of a text, and the id of byte 0.</summary>
    private const int Start = 1, End = 2, FirstByte = 3;

    private readonly Dictionary<string, int> ids;
    private readonly float[] scores;

    private readonly Dictionary<int, string> texts;

    private StoryPieces(Dictionary<string, int> ids, float[] scores)
    {
        this.ids = ids;
        this.scores = scores;
        texts = ids.ToDictionary(entry => entry.Value, entry => entry.Key);
    }

    /// <summary>Reads <c>tok512.bin</c> and its like.</summary>
    /// <exception cref="UserErrorException">The file is damaged.</exception>
    public static LanguageTokenizer Read(string path, byte[] content)
    {
        var tokens = new List<byte[]?>();
        var scores = new List<float>();
        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var offset = sizeof(int); offset < content.Length;)
        {
            var length = content.Length - offset < 2 * sizeof(int) ? -1
                : BinaryPrimitives.ReadInt32LittleEndian(content.AsSpan(offset + sizeof(float)));
            if (length < 0 || length > content.Length - offset - (2 * sizeof(int)))
            {
                throw new UserErrorException($"{path}: token {tokens.Count} is cut short; use an intact copy of llama2.c's vocabulary");
            }

            scores.Add(BinaryPrimitives.ReadSingleLittleEndian(content.AsSpan(offset)));
            var bytes = content.AsSpan(offset + (2 * sizeof(int)), length).ToArray();
            var id = tokens.Count;
            var isByte = id >= FirstByte && id < FirstByte + ByteAlphabet.Size;
            tokens.Add(id < FirstByte ? null : isByte ? [(byte)(id - FirstByte)] : bytes);
            if (id >= FirstByte && !isByte)
            {
                ids.TryAdd(Encoding.UTF8.GetString(bytes), id);
            }

            offset += (2 * sizeof(int)) + length;
        }

        return tokens.Count >= FirstByte + ByteAlphabet.Size
            ? new LanguageTokenizer(
                new StoryPieces(ids, [.. scores]),
                [.. tokens],
                new Dictionary<string, int> { ["<unk>"] = 0, ["<s>"] = Start, ["</s>"] = End },
                [new TokenizerFile(Path.GetFileName(path), content)])
            {
                StartsWithSpace = true,
            }
            : throw new UserErrorException($"{path}: holds {tokens.Count} tokens, fewer than bytes and marks take; use an intact copy");
    }

    public void Append(List<int> ids, string text)
    {
        if (text.Length == 0)
        {
            return;
        }

        var pieces = new List<int>();
        foreach (var rune in (" " + text).EnumerateRunes())
        {
            Span<byte> bytes = stackalloc byte[4];
            if (this.ids.TryGetValue(rune.ToString(), out var id))
            {
                pieces.Add(id);
            }
            else
            {
                pieces.AddRange(bytes[..rune.EncodeToUtf8(bytes)].ToArray().Select(value => value + FirstByte));
            }
        }

        Join(pieces);
        ids.AddRange(pieces);
    }

    private void Join(List<int> pieces)
    {
        var joined = Enumerable.Range(0, Math.Max(0, pieces.Count - 1)).Select(index => Joined(pieces, index)).ToList();
        while (true)
        {
            var best = -1;
            for (var index = 0; index < joined.Count; index++)
            {
                best = joined[index] is { } id && (best < 0 || scores[id] > scores[joined[best]!.Value]) ? index : best;
            }

            if (best < 0)
            {
                return;
            }

            pieces[best] = joined[best]!.Value;
            pieces.RemoveAt(best + 1);
            joined.RemoveAt(best);
            for (var index = Math.Max(0, best - 1); index <= Math.Min(best, joined.Count - 1); index++)
            {
                joined[index] = Joined(pieces, index);
            }
        }
    }

    private int? Joined(List<int> pieces, int index)
        => texts.TryGetValue(pieces[index], out var left) && texts.TryGetValue(pieces[index + 1], out var right)
            && ids.TryGetValue(left + right, out var id) ? id : null;
}
