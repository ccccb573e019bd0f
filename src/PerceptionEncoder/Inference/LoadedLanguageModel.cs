using PerceptionEncoder.Models;
using PerceptionEncoder.Models.Language;
using PerceptionEncoder.Serialization.Weights;
using PerceptionEncoder.Tokenization.Language;
using static TorchSharp.torch;

namespace PerceptionEncoder.Inference;

/// <summary>A language model with its tokenizer, read from a checkpoint of ours or a published one.</summary>
public sealed class LoadedLanguageModel : IDisposable
{
    /// <summary>Published tables of embeddings are rounded up, by less than a part in so many.</summary>
    private const int RoundedUpBy = 100;

    private LoadedLanguageModel(string path, LanguageModel model, LanguageTokenizer tokenizer)
        => (Path, Model, Tokenizer, Generator) = (path, model, tokenizer, new TextGenerator(model, tokenizer));

    /// <summary>The weights file.</summary>
    public string Path { get; }

    /// <summary>The model, in eval mode.</summary>
    public LanguageModel Model { get; }

    /// <summary>Its tokenizer.</summary>
    public LanguageTokenizer Tokenizer { get; }

    /// <summary>Answers in words.</summary>
    public TextGenerator Generator { get; }

    /// <summary>Opens a checkpoint.</summary>
    /// <param name="path">As <see cref="ModelWeights.Open"/> takes it.</param>
    /// <param name="device">Where the model goes.</param>
    /// <param name="type">Element type of its weights: what it computes in.</param>
    /// <param name="imageSize">Side of the square pictures in pixels; null for the checkpoint's own.</param>
    /// <param name="tokenizer">File or folder, or <c>bytes</c>; null for the one beside the weights or in their run's folder.</param>
    /// <exception cref="UserErrorException">Nothing usable is there, or model and tokenizer do not belong together.</exception>
    public static LoadedLanguageModel Open(
        string path,
        Device device,
        ScalarType type = ScalarType.Float32,
        int? imageSize = null,
        string? tokenizer = null)
    {
        using var weights = ModelWeights.Open(path);
        var architecture = weights.ArchitectureAs<LanguageArchitecture>("language model");
        var words = LanguageTokenizers.Load(tokenizer ?? TokenizerBeside(weights.Path));
        CheckVocabulary(words, architecture.Options.Decoder, tokenizer ?? TokenizerBeside(weights.Path), weights.Path);
        return new LoadedLanguageModel(weights.Path, weights.LoadLanguage(imageSize, device, type), words);
    }

    /// <summary>SHA-256 of the weights: what a result was measured with.</summary>
    public string Hash() => WeightsHash.Of(Path);

    /// <inheritdoc/>
    public void Dispose() => Model.Dispose();

    /// <summary>Refuses a tokenizer that is not the model's.</summary>
    /// <param name="tokenizer">The tokenizer.</param>
    /// <param name="decoder">The model.</param>
    /// <param name="tokenizerPath">For the message.</param>
    /// <param name="modelPath">For the message.</param>
    /// <exception cref="UserErrorException">Their vocabularies are of different sizes.</exception>
    internal static void CheckVocabulary(LanguageTokenizer tokenizer, DecoderOptions decoder, string tokenizerPath, string modelPath)
    {
        var (ids, rows) = (tokenizer.VocabularySize, decoder.VocabularySize);
        if (ids > rows || (rows - ids) * (long)RoundedUpBy > rows)
        {
            throw new UserErrorException($"{AddressSecrets.Hide(tokenizerPath)}: has {ids} ids, and the decoder of {modelPath} "
                + $"knows {rows}. Give the tokenizer that it was trained with.");
        }
    }

    /// <summary>The tokenizer in a weights file's folder, or in that of its run.</summary>
    /// <exception cref="UserErrorException">There is none.</exception>
    internal static string TokenizerBeside(string weights)
    {
        var folder = System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(weights))!;
        var run = System.IO.Path.GetDirectoryName(System.IO.Path.GetDirectoryName(folder));
        return new[] { folder, run }.OfType<string>().Select(LanguageTokenizers.Find).FirstOrDefault(found => found is not null)
            ?? throw new UserErrorException($"{weights}: has no tokenizer beside it. Name one: a tokenizer.json, Llama 3's "
                + "tokenizer.model, or a folder with vocab.json and merges.txt.");
    }
}
