using System.Text;
using PerceptionEncoder.Tokenization.Language;

namespace PerceptionEncoder.Inference;

/// <summary>
/// The text of an answer that comes token by token, up to the first stop sequence. Pieces are handed out as soon as no stop sequence can
/// begin in them any more.
/// </summary>
/// <param name="tokenizer">Whose tokens come.</param>
/// <param name="stops">Texts before which the answer ends.</param>
/// <param name="write">Gets each piece once; null for nobody.</param>
internal sealed class AnswerText(LanguageTokenizer tokenizer, IReadOnlyList<string> stops, Action<string>? write)
{
    private readonly TokenTextStream stream = new(tokenizer);
    private readonly StringBuilder held = new();
    private readonly StringBuilder given = new();
    private bool ended;

    /// <summary>All that was handed out.</summary>
    public string Text => given.ToString();

    /// <summary>Takes a token in; true where a stop sequence is complete.</summary>
    public bool Add(int id)
    {
        held.Append(stream.Add(id));
        return Release(isLast: false);
    }

    /// <summary>Hands out what was held back, where no stop sequence came.</summary>
    public void Finish()
    {
        held.Append(stream.Finish());
        Release(isLast: true);
    }

    private bool Release(bool isLast)
    {
        if (ended)
        {
            return true;
        }

        var text = held.ToString();
        var stop = stops.Select(each => text.IndexOf(each, StringComparison.Ordinal)).Where(at => at >= 0).DefaultIfEmpty(-1).Min();
        ended = stop >= 0;
        var free = ended ? stop : isLast ? text.Length : text.Length - Begun(text);
        if (free > 0)
        {
            given.Append(text, 0, free);
            write?.Invoke(text[..free]);
            held.Remove(0, free);
        }

        return ended;
    }

    /// <summary>Characters at the end of a text that a stop sequence may have begun with.</summary>
    private int Begun(string text)
        => stops.Select(each => Enumerable.Range(1, Math.Min(each.Length - 1, text.Length)).Reverse()
            .FirstOrDefault(count => text.EndsWith(each[..count], StringComparison.Ordinal))).DefaultIfEmpty(0).Max();
}
