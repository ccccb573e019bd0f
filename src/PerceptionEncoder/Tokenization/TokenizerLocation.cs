using PerceptionEncoder.Serialization.Remote;
using PerceptionEncoder.Serialization.Weights;

namespace PerceptionEncoder.Tokenization;

/// <summary>Finds the vocabulary that goes with a checkpoint.</summary>
internal static class TokenizerLocation
{
    /// <summary>Environment variable that names the published vocabulary.</summary>
    public const string Variable = "PE_VOCAB";

    private static readonly string[] Names = [ClipVocabularyFiles.IdsName, "bpe_simple_vocab_16e6.txt.gz", "bpe_simple_vocab_16e6.txt"];

    /// <summary>Loads the vocabulary that is named; else the one beside the weights; else the one <see cref="Variable"/> names.</summary>
    /// <param name="weights">The weights file.</param>
    /// <param name="vocabulary">What the user named, or null.</param>
    /// <param name="size">Ids that the text tower knows.</param>
    /// <exception cref="UserErrorException">There is none, it is damaged, or it is of another size.</exception>
    public static ClipTokenizer Load(string weights, string? vocabulary, int size)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(weights))!;
        var path = vocabulary
            ?? (Array.Exists(Names, name => File.Exists(Path.Combine(folder, name)))
                ? folder
                : Environment.GetEnvironmentVariable(Variable));
        if (string.IsNullOrEmpty(path))
        {
            throw new UserErrorException(
                $"{weights}: has no vocabulary beside it. Name one, or set {Variable}: CLIP's bpe_simple_vocab_16e6.txt.gz, "
                + "a folder with vocab.json and merges.txt, or hf://openai/clip-vit-base-patch32:vocab.json.");
        }

        var tokenizer = ClipTokenizer.Load(RemoteAddress.IsRemote(path) ? Fetch(path) : path);
        return tokenizer.VocabularySize == size ? tokenizer
            : throw new UserErrorException($"{AddressSecrets.Hide(path)}: has {tokenizer.VocabularySize} ids, "
                + $"the text tower of {weights} knows {size}. Give the vocabulary it was trained with.");
    }

    /// <summary>A vocab.json is of use only with the merges.txt beside it.</summary>
    private static string Fetch(string address)
    {
        using var remote = new RemoteFiles(RemoteOptions.FromEnvironment());
        if (address.EndsWith(ClipVocabularyFiles.IdsName, StringComparison.Ordinal))
        {
            remote.Fetch(
                address[..^ClipVocabularyFiles.IdsName.Length] + ClipVocabularyFiles.MergesName,
                report: null,
                CancellationToken.None);
        }

        return remote.Fetch(address, report: null, CancellationToken.None);
    }
}
