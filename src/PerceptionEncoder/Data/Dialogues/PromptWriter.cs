using System.Text;
using PerceptionEncoder.Tokenization.Language;

namespace PerceptionEncoder.Data.Dialogues;

/// <summary>Puts tokens of templates, text and pictures behind each other; text that meets is tokenised as one.</summary>
internal sealed class PromptWriter(LanguageTokenizer tokenizer)
{
    private readonly StringBuilder text = new();
    private List<int> ids = [];

    /// <summary>Text in which names of special tokens mean these.</summary>
    public void Template(string template)
    {
        var end = 0;
        while (end < template.Length)
        {
            var (index, name) = tokenizer.Special.Ids.Keys
                .Select(name => (Index: template.IndexOf(name, end, StringComparison.Ordinal), Name: name))
                .Where(found => found.Index >= 0)
                .DefaultIfEmpty((template.Length, string.Empty))
                .Min();
            text.Append(template, end, index - end);
            if (name.Length > 0)
            {
                Close();
                ids.Add(tokenizer.Special.Ids[name]);
            }

            end = index + name.Length;
        }
    }

    /// <summary>Text in which they are text.</summary>
    public void Text(ReadOnlySpan<char> plain) => text.Append(plain);

    /// <summary>The place of a picture.</summary>
    /// <exception cref="UserErrorException">The vocabulary has no token for it.</exception>
    public void Picture(int visualTokens)
    {
        if (visualTokens > 0)
        {
            Close();
            ids.AddRange(Enumerable.Repeat(
                tokenizer.ImageToken ?? throw new UserErrorException(
                    "the tokenizer has no token that stands for a picture (<|image|> or <|image_pad|>); add one to its special tokens"),
                visualTokens));
        }
    }

    /// <summary>The ids written since the last call.</summary>
    public List<int> Take()
    {
        Close();
        (var taken, ids) = (ids, []);
        return taken;
    }

    private void Close()
    {
        if (text.Length > 0)
        {
            ids.AddRange(tokenizer.Encode(text.ToString()));
            text.Clear();
        }
    }
}
