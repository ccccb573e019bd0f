using System.Security.Cryptography;
using System.Text;
using PerceptionEncoder.Data.Dialogues;
using PerceptionEncoder.Data.Items;
using PerceptionEncoder.Data.Samples;
using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Evaluation.QuestionAnswering.Sets;
using PerceptionEncoder.Inference;
using PerceptionEncoder.Media;
using PerceptionEncoder.Media.Images;
using PerceptionEncoder.Media.Video;
using static TorchSharp.torch;

namespace PerceptionEncoder.Evaluation.QuestionAnswering;

/// <summary>
/// A language model that answers the questions of sets as PLM's published evaluation has it answer: greedily, and one final full stop is
/// taken off.
/// </summary>
internal sealed class AnsweringModel : IDisposable
{
    private readonly AnsweringModelOptions options;
    private readonly LoadedLanguageModel loaded;
    private readonly Lazy<ImageTiling> tiling;
    private readonly Lazy<ImageTiling> frames;
    private readonly Lazy<ChatFormat> format;
    private readonly Lazy<ClipDecoder> clips;

    /// <param name="options">Which model, and what it sees.</param>
    /// <param name="device">Where it goes.</param>
    /// <param name="stop">Stops the decoders of clips.</param>
    /// <exception cref="UserErrorException">Model or tokenizer are not usable, or an option is out of range.</exception>
    public AnsweringModel(AnsweringModelOptions options, Device device, CancellationToken stop)
    {
        if (options.Batch < 1)
        {
            throw new UserErrorException($"batch {options.Batch}: must be at least 1.");
        }

        this.options = options;
        loaded = options.Load(device);
        tiling = new(() => new ImageTiling(Side, options.Tiles));
        frames = new(() => new ImageTiling(Side, 1));
        format = new(() => new ChatFormat(loaded.Tokenizer, ChatFormatKind.Sft, options.System));
        clips = new(() => new ClipDecoder(new FFmpegVideoReader(), options.Frames, sampled: true, cancellation: stop));
    }

    /// <summary>The weights file.</summary>
    public string Path => loaded.Path;

    /// <summary>SHA-256 of the weights.</summary>
    public string Hash() => loaded.Hash();

    /// <summary>A key of everything that decides the answers to a set.</summary>
    public string Key(QuestionSet set) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join(
        '\n',
        set.Questions
            .Select(question => $"{question.Id}\t{set.Kind.Prompt(question)}\t{string.Join('\t', question.Media.Select(item => item.Key))}")
            .Prepend($"{options with { Checkpoint = Hash() }} {loaded.Tokenizer.Hash()} {set.Root}")))))[..32];

    /// <summary>Answers some questions.</summary>
    /// <param name="kind">Of their set.</param>
    /// <param name="questions">At least one.</param>
    /// <param name="log">Takes a line for each picture or clip that cannot be read.</param>
    /// <param name="stop">Ends answers where they are.</param>
    /// <returns>Null for a question whose picture or clip cannot be read.</returns>
    /// <exception cref="UserErrorException">A question does not fit the model's context.</exception>
    public IReadOnlyList<string?> Answer(
        QuestionSetKind kind,
        IReadOnlyList<VisualQuestion> questions,
        Action<string> log,
        CancellationToken stop)
    {
        GenerationPrompt?[] prompts = [.. questions.Select(question => Prompt(kind, question, log))];
        try
        {
            GenerationPrompt[] asked = [.. prompts.OfType<GenerationPrompt>()];
            if (asked.Length == 0)
            {
                return new string?[prompts.Length];
            }

            var generation = new GenerationOptions { MaxNewTokens = kind.MaxNewTokens };
            var answers = new Queue<GeneratedText>(loaded.Generator.Generate(asked, generation, null, stop));
            return [.. prompts.Select(prompt => prompt is null ? null : WithoutStop(answers.Dequeue().Text))];
        }
        finally
        {
            Array.ForEach(prompts, prompt => prompt?.Pixels?.Dispose());
        }
    }

    /// <inheritdoc/>
    public void Dispose() => loaded.Dispose();

    private int Side => loaded.Model.Options.Vision?.ImageSize
        ?? throw new UserErrorException($"{loaded.Path}: reads text alone, and the set has pictures. Name a model with a vision tower.");

    private static string WithoutStop(string text) => text.EndsWith('.') ? text[..^1] : text;

    private GenerationPrompt? Prompt(QuestionSetKind kind, VisualQuestion question, Action<string> log)
    {
        try
        {
            List<byte[]> chunks = [.. question.Media.SelectMany(item => Chunks(item, question.Media.Count))];
            var tokens = format.Value.Prompt(kind.Prompt(question), chunks.Count, loaded.Model.Options.VisualTokens());
            return new GenerationPrompt(tokens.Ids, chunks.Count == 0 ? null : ImageStack.Of(chunks, Side, Side));
        }
        catch (Exception bad) when (bad is BadSampleException or ImageException)
        {
            log($"question {question.Id}: {bad.Message}");
            return null;
        }
    }

    private IEnumerable<byte[]> Chunks(MediaItem item, int pictures)
    {
        if (!MediaFiles.IsVideo(item.Path ?? item.Key))
        {
            // A large picture alone takes the one grid; with others beside it each is a single chunk, as published.
            var grid = pictures == 1 ? tiling.Value : frames.Value;
            return grid.Split(TransientImage.Decode(ImageDecoders.Default, item.ReadBytes().Span, IImageDecoder.DefaultMaximumPixels));
        }

        return (item.Path is { } path ? clips.Value.Read(path) : clips.Value.Read(item.ReadBytes()))
            .SelectMany(frames.Value.Split);
    }
}
