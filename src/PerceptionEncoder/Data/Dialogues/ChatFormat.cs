using System.Text.RegularExpressions;
using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Tokenization.Language;

namespace PerceptionEncoder.Data.Dialogues;

/// <summary>Dialogues as tokens, as PLM was trained on them. Safe to share between threads.</summary>
/// <remarks>Names of special tokens inside questions and answers are text, which published code takes for the tokens themselves.</remarks>
public sealed partial class ChatFormat
{
    /// <summary>PLM's.</summary>
    public const string PublishedSystem = "You are a helpful language and vision assistant. You are able to understand the visual content that "
        + "the user provides, and assist the user with a variety of tasks using natural language.";

    /// <summary>Stands for a picture in a question.</summary>
    public const string ImageTag = "<image>";

    /// <summary>Reason of a dialogue whose first question does not fit into the context.</summary>
    public const string TooLong = "dialogue too long";

    /// <summary>Stands for a clip in a question.</summary>
    private const string VideoTag = "<video>";

    private readonly ChatTemplate template;
    private readonly string system;

    /// <param name="tokenizer">The decoder's.</param>
    /// <param name="kind">Warm-up or dialogue.</param>
    /// <param name="system">Stands before a dialogue; null for the published sentence, empty for none. A warm-up has none.</param>
    /// <exception cref="UserErrorException">The tokenizer has no marks of a dialogue.</exception>
    public ChatFormat(LanguageTokenizer tokenizer, ChatFormatKind kind, string? system = null)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        Tokenizer = tokenizer;
        Kind = kind;
        this.system = kind == ChatFormatKind.Warmup ? string.Empty : system ?? PublishedSystem;
        template = ChatTemplate.Of(kind, tokenizer);
    }

    /// <summary>The decoder's.</summary>
    public LanguageTokenizer Tokenizer { get; }

    /// <summary>Warm-up or dialogue.</summary>
    public ChatFormatKind Kind { get; }

    /// <summary>
    /// A dialogue to learn from. What does not fit is left out by whole turns: a question whose answer is left out stays, without loss.
    /// </summary>
    /// <param name="turns">Humans and assistant in turn; a last question without answer is left out.</param>
    /// <param name="media">Whether pictures stand before the first question or where their tags are.</param>
    /// <param name="visualTokens">Of each picture, tiles and frames together.</param>
    /// <param name="context">The tokens are fewer than this: the last one is a target only.</param>
    /// <exception cref="BadSampleException">The first question, pictures included, does not fit.</exception>
    public DialogueTokens Training(
        IReadOnlyList<DialogueTurn> turns,
        DialogueMedia media,
        IReadOnlyList<int> visualTokens,
        int context = int.MaxValue)
    {
        ArgumentNullException.ThrowIfNull(turns);
        ArgumentNullException.ThrowIfNull(visualTokens);
        var ids = new List<int>();
        var responses = new List<TokenSpan>();
        var pictures = new Queue<int>(visualTokens);
        var writer = new PromptWriter(Tokenizer);
        for (var index = 0; index + 1 < turns.Count; index++)
        {
            if (turns[index].Role != DialogueRole.Human)
            {
                continue; // an answer to nothing
            }

            WriteQuestion(writer, turns[index].Text, ids.Count == 0, index == 0, media, pictures);
            var question = writer.Take();
            if (ids.Count + question.Count >= context)
            {
                return ids.Count > 0 ? new DialogueTokens([.. ids], responses, Tokenizer.ImageToken)
                    : throw TooLongFor(context, question.Count, visualTokens);
            }

            ids.AddRange(question);
            WriteAnswer(writer, turns[index + 1].Text, isLast: index + 3 >= turns.Count);
            var answer = writer.Take();
            if (ids.Count + answer.Count >= context)
            {
                break;
            }

            responses.Add(new TokenSpan(ids.Count, ids.Count + answer.Count));
            ids.AddRange(answer);
        }

        return new DialogueTokens([.. ids], responses, Tokenizer.ImageToken);
    }

    /// <summary>A prompt for one question. Tags are kept in place where there are as many as pictures; else all pictures come first.</summary>
    /// <param name="question">With or without <see cref="ImageTag"/>.</param>
    /// <param name="chunks">Pictures, tiles and frames counted one by one.</param>
    /// <param name="tokensPerChunk">Visual tokens of each.</param>
    public DialogueTokens Prompt(string question, int chunks, int tokensPerChunk)
        => Prompt([new DialogueTurn(DialogueRole.Human, question)], [.. Enumerable.Repeat(tokensPerChunk, chunks)]);

    /// <summary>
    /// A prompt for the last question of a dialogue. Tags are kept in place where there are as many as pictures; else all pictures come
    /// before the first question.
    /// </summary>
    /// <param name="turns">Questions and answers so far, and a question.</param>
    /// <param name="visualTokens">Of each picture, in the order of the tags.</param>
    public DialogueTokens Prompt(IReadOnlyList<DialogueTurn> turns, IReadOnlyList<int> visualTokens)
    {
        ArgumentNullException.ThrowIfNull(turns);
        ArgumentNullException.ThrowIfNull(visualTokens);
        var pictures = new Queue<int>(visualTokens);
        var media = TagsOf(turns) == visualTokens.Count ? DialogueMedia.Images : DialogueMedia.Image;
        var writer = new PromptWriter(Tokenizer);
        var ids = new List<int>();
        foreach (var (index, turn) in turns.Index())
        {
            if (turn.Role == DialogueRole.Human)
            {
                WriteQuestion(writer, turn.Text, index == 0, index == 0, media, pictures);
            }
            else
            {
                WriteAnswer(writer, turn.Text, isLast: false);
            }

            ids.AddRange(writer.Take());
        }

        writer.Template(template.BeforeAnswer);
        return new DialogueTokens([.. ids, .. writer.Take()], [], Tokenizer.ImageToken);
    }

    /// <summary>How often a picture is named in the questions.</summary>
    internal static int TagsOf(IReadOnlyList<DialogueTurn> turns)
        => turns.Where(turn => turn.Role == DialogueRole.Human)
            .Sum(turn => (turn.Text.Length - turn.Text.Replace(ImageTag, string.Empty, StringComparison.Ordinal).Length) / ImageTag.Length);

    private static BadSampleException TooLongFor(int context, int tokens, IReadOnlyList<int> visualTokens)
        => new(
            TooLong,
            $"its first question takes {tokens} tokens, {visualTokens.Sum()} of them for {visualTokens.Count} pictures"
                + (visualTokens.Count > 0 ? $" ({string.Join(", ", visualTokens.Take(8))}{(visualTokens.Count > 8 ? ", …" : "")})" : "")
                + $"; a context of {context} has room for {context - 1}");

    /// <param name="writer">Takes it.</param>
    /// <param name="text">The question.</param>
    /// <param name="begins">Whether nothing was written yet.</param>
    /// <param name="isFirst">Whether no turn comes before it: pictures stand before the first turn or not at all.</param>
    /// <param name="media">As in <see cref="Training"/>.</param>
    /// <param name="pictures">Visual tokens of those not written yet.</param>
    private void WriteQuestion(PromptWriter writer, string text, bool begins, bool isFirst, DialogueMedia media, Queue<int> pictures)
    {
        if (begins)
        {
            writer.Template(template.Begin);
            if (system.Length > 0)
            {
                writer.Template(template.BeforeSystem);
                writer.Text(system);
                writer.Template(template.AfterSystem);
            }
        }

        writer.Template(template.BeforeQuestion);
        if (media == DialogueMedia.Images)
        {
            WriteInPlace(writer, text, pictures);
        }
        else if (!isFirst)
        {
            writer.Text(text);
        }
        else
        {
            writer.Picture(pictures.Sum());
            pictures.Clear();
            writer.Text(Kind == ChatFormatKind.Warmup ? string.Empty : Tag().Replace(text, string.Empty));
        }

        writer.Template(template.AfterQuestion);
    }

    private static void WriteInPlace(PromptWriter writer, string text, Queue<int> pictures)
    {
        var end = 0;
        for (var tag = 0; (tag = text.IndexOf(ImageTag, end, StringComparison.Ordinal)) >= 0 && pictures.TryDequeue(out var tokens);)
        {
            writer.Text(text.AsSpan()[end..tag]);
            writer.Picture(tokens);
            end = tag + ImageTag.Length;
        }

        writer.Text(text.AsSpan()[end..]);
    }

    private void WriteAnswer(PromptWriter writer, string text, bool isLast)
    {
        writer.Template(template.BeforeAnswer);
        writer.Text(text);
        writer.Template(template.AfterAnswer);
        writer.Template(isLast ? template.End : string.Empty);
    }

    /// <summary>A tag with the line break behind it or before it.</summary>
    [GeneratedRegex($"({ImageTag}|{VideoTag})\n|\n({ImageTag}|{VideoTag})|{ImageTag}|{VideoTag}")]
    private static partial Regex Tag();
}
