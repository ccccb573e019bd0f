using System.CommandLine;
using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Tools.Tokenizers;

namespace PerceptionEncoder.Cli;

/// <summary><c>pe tokenizer train</c>: learns a byte-level BPE from captions.</summary>
internal static class TokenizerCommand
{
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
        var output = new Option<string>("--output")
        {
            Description = "Folder for vocab.json and merges.txt; name it as tokenizer.vocabulary in a config.",
            HelpName = "DIR",
            Required = true,
        };
        var train = new Command(
            "train",
            """
            Learn a CLIP-style byte-pair vocabulary from the captions of some shards.

            Example:
              pe data scenes --output runs/scenes
              pe tokenizer train --shards runs/scenes/train --vocabulary-size 768 --output runs/scenes/tokenizer
            """)
        { shards, size, output };
        train.SetAction(result =>
        {
            var source = new SourceOptions { Shards = result.GetRequiredValue(shards) };
            var summary = TokenizerTraining.Run(
                source,
                result.GetValue(size),
                result.GetRequiredValue(output),
                Console.WriteLine,
                StopSignals.Current.Token);
            Console.WriteLine($"{summary.VocabularySize:N0} ids from {summary.Captions:N0} captions, "
                + $"longest {summary.LongestCaption} tokens: {result.GetRequiredValue(output)}");
        });
        return new Command("tokenizer", "Make a tokenizer.") { train };
    }
}
