using PerceptionEncoder.Tokenization;

namespace PerceptionEncoder.Tests.Tokenization;

/// <summary>CLIP's published vocabulary, which the repository does not hold: <c>PE_VOCAB</c>, else <c>../shared/vocab</c>.</summary>
public static class PublishedVocabulary
{
    public static string Path { get; } = Environment.GetEnvironmentVariable("PE_VOCAB") is { Length: > 0 } named
        ? named
        : RepositoryPaths.Beside("shared/vocab/bpe_simple_vocab_16e6.txt.gz");

    private static readonly Lazy<ClipTokenizer> Loaded = new(() => ClipTokenizer.Load(Path));

    /// <summary>The tokenizer, or skips the test where the file is absent.</summary>
    public static ClipTokenizer Tokenizer()
    {
        Skip.IfNot(
            File.Exists(Path) || Directory.Exists(Path),
            $"no CLIP vocabulary at {Path}; set PE_VOCAB to bpe_simple_vocab_16e6.txt.gz");
        return Loaded.Value;
    }
}
