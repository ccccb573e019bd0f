using PerceptionEncoder.Data.Dialogues;
using PerceptionEncoder.Inference;
using PerceptionEncoder.Media.Images;
using PerceptionEncoder.Tokenization.Language;

namespace PerceptionEncoder.Tools.Conversation;

/// <summary>Questions about pictures and clips to a language model, with what was asked and answered before.</summary>
public sealed class VisualConversation : IDisposable
{
    private readonly ConversationOptions options;
    private readonly LoadedLanguageModel loaded;
    private readonly ChatFormat format;
    private readonly SeenFiles? files;
    private readonly List<DialogueTurn> turns = [];
    private readonly List<byte[]> seen = [];
    private int shown;

    private VisualConversation(ConversationOptions options, LoadedLanguageModel loaded)
    {
        (this.options, this.loaded) = (options, loaded);
        var tokenizer = loaded.Tokenizer;
        format = new ChatFormat(tokenizer, options.Format ?? Usual(tokenizer), options.System);
        files = loaded.Model.Options.Vision is { } vision ? new SeenFiles(vision.ImageSize, options.Tiles, options.Frames) : null;
    }

    /// <summary>The weights file.</summary>
    public string Checkpoint => loaded.Path;

    /// <summary>Whether it takes pictures.</summary>
    internal bool Sees => files is not null;

    /// <summary>Opens the model.</summary>
    /// <param name="options">Which, and how it answers.</param>
    /// <param name="log">Takes a line that names the device.</param>
    /// <exception cref="UserErrorException">Model or tokenizer are not usable.</exception>
    public static VisualConversation Open(ConversationOptions options, Action<string>? log = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Generation.Validate();
        var loaded = options.Load(options.Compute.Prepare(log));
        try
        {
            return new VisualConversation(options, loaded);
        }
        catch
        {
            loaded.Dispose();
            throw;
        }
    }

    /// <summary>Answers one question about each of some files by itself, without what was said before.</summary>
    /// <param name="inputs">Images, clips and folders of them.</param>
    /// <param name="question">The same for all.</param>
    /// <param name="batch">Files that go through the model together; their answers are the same as alone.</param>
    /// <param name="answered">Gets each file with its answer, in order.</param>
    /// <param name="failed">Gets each file that cannot be read, with the reason.</param>
    /// <param name="cancellation">Stops after the present files.</param>
    public void AskOfEach(
        IReadOnlyList<string> inputs,
        string question,
        int batch,
        Action<string, GeneratedText> answered,
        Action<string> failed,
        CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(answered);
        ArgumentNullException.ThrowIfNull(failed);
        foreach (var some in SeenFiles.Find(inputs).Chunk(batch))
        {
            cancellation.ThrowIfCancellationRequested();
            List<(string File, GenerationPrompt Prompt)> prompts = [];
            try
            {
                foreach (var file in some)
                {
                    if (TryRead(file, failed, cancellation) is { } pictures)
                    {
                        prompts.Add((file, Prompt([new DialogueTurn(DialogueRole.Human, Tags(pictures.Count) + question)], pictures)));
                    }
                }

                var answers = loaded.Generator.Generate([.. prompts.Select(entry => entry.Prompt)], options.Generation, null, cancellation);
                cancellation.ThrowIfCancellationRequested();
                foreach (var (entry, answer) in prompts.Zip(answers))
                {
                    answered(entry.File, answer);
                }
            }
            finally
            {
                prompts.ForEach(entry => entry.Prompt.Pixels?.Dispose());
            }
        }
    }

    /// <summary>Shows an image or a clip: the next question is about it too.</summary>
    /// <returns>Pictures or frames that it makes.</returns>
    /// <exception cref="UserErrorException">It cannot be read, or the model reads text alone.</exception>
    public int Show(string path, CancellationToken cancellation = default)
    {
        var pictures = Read(path, cancellation);
        seen.AddRange(pictures);
        shown += pictures.Count;
        return pictures.Count;
    }

    /// <summary>Asks about all that was shown, and remembers question and answer.</summary>
    /// <param name="question">In words.</param>
    /// <param name="write">Gets each piece of the answer as it comes; null for nobody.</param>
    /// <param name="cancellation">Ends the answer where it is; what there is of it is remembered.</param>
    /// <exception cref="UserErrorException">It all no longer fits the model's context; nothing is remembered.</exception>
    public GeneratedText Ask(string question, Action<string>? write = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(question);
        var turn = new DialogueTurn(DialogueRole.Human, Tags(shown) + question.Replace(ChatFormat.ImageTag, "", StringComparison.Ordinal));
        var prompt = Prompt([.. turns, turn], seen);
        using var pixels = prompt.Pixels;
        var answer = loaded.Generator.Generate(
            [prompt],
            options.Generation,
            write is null ? null : (_, piece) => write(piece),
            cancellation)[0];
        turns.Add(turn);
        turns.Add(new DialogueTurn(DialogueRole.Assistant, answer.Text.Replace(ChatFormat.ImageTag, "", StringComparison.Ordinal)));
        shown = 0;
        return answer;
    }

    /// <summary>Answers one question about some pictures by itself, without what was shown and said before.</summary>
    /// <param name="pictures">RGB, each squeezed into one square; none for a question about its own words.</param>
    /// <param name="question">In words; a mark of a picture in them, which a stranger may have written, is left out.</param>
    /// <param name="cancellation">Ends the answer where it is.</param>
    /// <returns>The answer, and how many tokens the question has.</returns>
    /// <exception cref="UserErrorException">The model reads text alone, or it all does not fit its context.</exception>
    internal (GeneratedText Answer, int QuestionTokens) AskAlone(
        IReadOnlyList<DecodedImage> pictures,
        string question,
        CancellationToken cancellation)
    {
        if (pictures.Count > 0 && files is null)
        {
            throw new UserErrorException(
                $"{loaded.Path}: reads text alone, and pictures are to be seen. Name a model with a vision tower.");
        }

        IReadOnlyList<byte[]> seenNow = [.. pictures.Select(picture => files!.Squeeze(picture))];
        var words = question.Replace(ChatFormat.ImageTag, "", StringComparison.Ordinal);
        var prompt = Prompt([new DialogueTurn(DialogueRole.Human, Tags(seenNow.Count) + words)], seenNow);
        using var pixels = prompt.Pixels;
        return (loaded.Generator.Generate([prompt], options.Generation, null, cancellation)[0], prompt.Ids.Count);
    }

    /// <summary>Forgets all that was shown and said.</summary>
    public void Clear()
    {
        turns.Clear();
        seen.Clear();
        shown = 0;
    }

    /// <inheritdoc/>
    public void Dispose() => loaded.Dispose();

    private static ChatFormatKind Usual(LanguageTokenizer tokenizer)
        => tokenizer is { StartHeader: not null, EndOfTurn: not null } ? ChatFormatKind.Sft : ChatFormatKind.Warmup;

    private static string Tags(int pictures) => string.Concat(Enumerable.Repeat(ChatFormat.ImageTag, pictures));

    private IReadOnlyList<byte[]>? TryRead(string file, Action<string> failed, CancellationToken cancellation)
    {
        try
        {
            return Read(file, cancellation);
        }
        catch (UserErrorException failure) when (files is not null)
        {
            failed(failure.Message);
            return null;
        }
    }

    private IReadOnlyList<byte[]> Read(string path, CancellationToken cancellation)
        => files?.Read(path, cancellation)
            ?? throw new UserErrorException($"{loaded.Path}: reads text alone, and {path} is to be seen. "
                + "Name a model with a vision tower.");

    private GenerationPrompt Prompt(IReadOnlyList<DialogueTurn> dialogue, IReadOnlyList<byte[]> pictures)
    {
        var vision = loaded.Model.Options;
        var tokens = format.Prompt(dialogue, [.. Enumerable.Repeat(vision.VisualTokens(), pictures.Count)]);
        var side = vision.Vision?.ImageSize ?? 0;

        // A decoder without marks of a dialogue goes on from a text, which begins as every text that it was trained on.
        int[] begin = options.Format is null && format.Kind == ChatFormatKind.Warmup && pictures.Count == 0
            ? [.. new[] { loaded.Tokenizer.BeginOfText }.OfType<int>()]
            : [];
        return new GenerationPrompt([.. begin, .. tokens.Ids], pictures.Count == 0 ? null : ImageStack.Of(pictures, side, side));
    }
}
