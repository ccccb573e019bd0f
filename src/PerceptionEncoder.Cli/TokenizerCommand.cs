using System.CommandLine;
using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Tools.Tokenizers;

namespace PerceptionEncoder.Cli;

/// <summary><c>pe tokenizer train</c>: learns a byte-level BPE from captions or dialogues.</summary>
internal static class TokenizerCommand
{
    private const string ClipKind = "clip", LanguageKind = "language";

    public static Command Create()
    {
        var shards = new Option<string>("--shards")
        {
            Description = "Image-text shards: a path with {00000..00004}, * or ?, or a folder.",
            HelpName = "PATTERN",
            Required = true,
        };
        var size = new Option<int>("--vocabulary-size")
        {
            Description = "Number of ids, special tokens included.",
            HelpName = "N",
            DefaultValueFactory = _ => 4096,
        };
        var kind = new Option<string>("--kind")
        {
            Description = "clip: a text tower's, from captions. language: a decoder's, from dialogues and captions.",
            HelpName = "KIND",
            DefaultValueFactory = _ => ClipKind,
        };
        kind.AcceptOnlyFromAmong(ClipKind, LanguageKind);
        var output = new Option<string>("--output")
        {
            Description = "Folder for vocab.json and merges.txt (tokenizer.vocabulary in a config), or tokenizer.json (tokenizer).",
            HelpName = "DIR",
            Required = true,
        };
        var train = new Command(
            "train",
            """
            Learn a byte-pair vocabulary from the captions of some shards, CLIP's kind or that of a decoder.

            Example:
              pe data scenes --output runs/scenes
              pe tokenizer train --shards runs/scenes/train --vocabulary-size 768 --output runs/scenes/tokenizer
            """)
        { shards, kind, size, output };
        train.SetAction(result =>
        {
            var source = new SourceOptions { Shards = result.GetRequiredValue(shards) };
            var isLanguage = result.GetValue(kind) == LanguageKind;
            Func<SourceOptions, int, string, Action<string>, CancellationToken, TokenizerSummary> learn =
                isLanguage ? TokenizerTraining.RunLanguage : TokenizerTraining.Run;
            var summary = learn(
                source,
                result.GetValue(size),
                result.GetRequiredValue(output),
                Console.WriteLine,
                StopSignals.Current.Token);
            Console.WriteLine($"{summary.VocabularySize:N0} ids from {summary.Captions:N0} {(isLanguage ? "dialogues" : "captions")}, "
                + $"longest {summary.LongestCaption} tokens: {result.GetRequiredValue(output)}");
        });
        return new Command("tokenizer", "Make a tokenizer.") { train };
    }
}
