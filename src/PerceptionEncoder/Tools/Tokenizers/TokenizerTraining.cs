using PerceptionEncoder.Data.Dialogues;
using PerceptionEncoder.Data.Samples;
using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Tokenization;
using PerceptionEncoder.Tokenization.Language;

namespace PerceptionEncoder.Tools.Tokenizers;

/// <summary>Learns a vocabulary from the captions of image–text shards.</summary>
public static class TokenizerTraining
{
    /// <summary>Reads every caption once, trains, and writes <c>vocab.json</c> and <c>merges.txt</c>.</summary>
    /// <param name="source">The shards.</param>
    /// <param name="vocabularySize">Ids wanted, special tokens included; fewer where no pair occurs twice any more.</param>
    /// <param name="outputFolder">Made if absent.</param>
    /// <param name="log">Takes a line for each sample without a usable caption.</param>
    /// <param name="stop">Ends the reading.</param>
    /// <exception cref="UserErrorException">No captions, a size too small, or an unwritable folder.</exception>
    public static TokenizerSummary Run(
        SourceOptions source,
        int vocabularySize,
        string outputFolder,
        Action<string> log,
        CancellationToken stop)
    {
        var captions = Read(
            source,
            log,
            faults => CaptionedImage.ReadCaptions(source, faults, stop),
            "captions in these shards. Name shards with .txt members or a caption in .json.");
        var tokenizer = BpeTrainer.Train(captions, vocabularySize);
        tokenizer.Save(outputFolder);
        var longest = captions.Distinct().Max(caption => tokenizer.Encode(caption).Count) + 2;
        return new TokenizerSummary(tokenizer.VocabularySize, captions.Count, longest);
    }

    /// <summary>
    /// Reads every dialogue or caption once, trains a decoder's vocabulary, and writes <c>tokenizer.json</c>.
    /// </summary>
    /// <param name="source">Of dialogues.</param>
    /// <param name="vocabularySize">Ids wanted, special tokens included; fewer where no pair occurs twice any more.</param>
    /// <param name="outputFolder">Made if absent.</param>
    /// <param name="log">Takes a line for each sample without a usable dialogue.</param>
    /// <param name="stop">Ends the reading.</param>
    /// <exception cref="UserErrorException">No dialogues, a size too small, or an unwritable folder.</exception>
    public static TokenizerSummary RunLanguage(
        SourceOptions source,
        int vocabularySize,
        string outputFolder,
        Action<string> log,
        CancellationToken stop)
    {
        var dialogues = Read(
            source,
            log,
            faults => DialogueDecoder.ReadDialogues(source, faults, stop),
            "dialogues in these shards. Name shards with \"conversations\" in .json members, or captions.");
        var tokenizer = LanguageBpeTrainer.Train(dialogues.SelectMany(turns => turns).Select(turn => turn.Text), vocabularySize);
        tokenizer.Save(outputFolder);
        var longest = dialogues.Max(turns => turns.Sum(turn => tokenizer.Encode(turn.Text).Count));
        return new TokenizerSummary(tokenizer.VocabularySize, dialogues.Count, longest);
    }

    private static List<T> Read<T>(SourceOptions source, Action<string> log, Func<BadSamples, IEnumerable<T>> read, string missing)
    {
        var faults = new BadSamples();
        faults.Found += bad => log($"bad sample: {bad.Reason}: {bad.Key} in {bad.Shard} ({bad.Detail})");
        var found = read(faults).ToList();
        return found.Count > 0 ? found : throw new UserErrorException($"{source.Shards}: no {missing}");
    }
}
