using System.CommandLine;
using System.Text.Json;
using PerceptionEncoder.Configuration;
using PerceptionEncoder.Models.Language;
using PerceptionEncoder.Recipes;
using PerceptionEncoder.Tools.Benchmark;

namespace PerceptionEncoder.Cli;

/// <summary><c>pe bench generate</c>: a decoder's speed against reading its weights, and against plain matrix products.</summary>
internal static class BenchGenerateCommand
{
    /// <summary>About as many words as generated questions have.</summary>
    private const int SmallVocabulary = 512;

    private static readonly JsonSerializerOptions Layout = new() { WriteIndented = true };

    public static Command Create()
    {
        var preset = new Option<string>("--preset")
        {
            Description = $"Shape of the decoder: {string.Join(", ", DecoderPresets.Names)}.",
            HelpName = "NAME",
            DefaultValueFactory = _ => "Llama-3.2-1B",
        };
        var config = new Option<string?>("--config")
        {
            Description = "A config of pe align lang, whose decoder is measured instead; one without checkpoint with 512 words.",
            HelpName = "FILE",
        };
        var batch = new Option<int>("--batch") { Description = "Rows.", HelpName = "N", DefaultValueFactory = _ => 1 };
        var prompt = new Option<int>("--prompt") { Description = "Tokens of the prompt.", HelpName = "N", DefaultValueFactory = _ => 512 };
        var tokens = new Option<int>("--tokens") { Description = "New tokens measured.", HelpName = "N", DefaultValueFactory = _ => 32 };
        var train = new Option<bool>("--train")
        {
            Description = "Measure a training step on the prompt too; with --batch above 1 also one of so many dialogues of uneven "
                + "lengths, packed and padded.",
        };
        var computing = new ComputeArguments();
        var json = CommonOptions.Json();
        var command = new Command(
            "generate",
            "New tokens of a decoder with random weights, as a share of reading its weights once a token, and the reading of a prompt.\n\n"
            + "Example:\n  pe bench generate --preset Llama-3.2-1B --prompt 512 --tokens 32 --precision bf16")
        {
            preset, config, batch, prompt, tokens, train,
        };
        computing.AddTo(command);
        command.Add(json);
        command.SetAction(result =>
        {
            NativeStartup.Prepare();
            var measured = GenerationBenchmark.Run(new GenerationBenchmarkOptions
            {
                Preset = result.GetRequiredValue(preset),
                Decoder = result.GetValue(config) is { } file ? DecoderOf(file) : null,
                Batch = result.GetValue(batch),
                PromptTokens = result.GetValue(prompt),
                NewTokens = result.GetValue(tokens),
                Train = result.GetValue(train),
                Precision = computing.Precision(result),
                Compute = computing.Read(result),
            });
            Console.WriteLine($"new tokens {measured.TokensPerSecond:F2}/s: reads {measured.ReadGigabytesPerSecond:F1} GB/s = "
                + $"{measured.MemoryShare:P1} of {measured.MemoryGigabytesPerSecond:F1}  ({measured.Parameters / 1e6:F0}M parameters, "
                + $"{measured.Threads} threads, {measured.Products}; {measured.Device})");
            Console.WriteLine($"prompt {measured.PrefillTokensPerSecond:F0} tokens/s: {measured.PrefillGflops:F0} GFLOP/s = "
                + $"{measured.PrefillShare:P1} of {measured.PeakGflops:F0}");
            if (measured is { TrainTokensPerSecond: { } trained, TrainGflops: { } rate, TrainShare: { } share })
            {
                Console.WriteLine($"training {trained:F0} tokens/s: {rate:F0} GFLOP/s = {share:P1} of {measured.PeakGflops:F0}");
            }

            if (measured.Packing is { } packing)
            {
                Console.WriteLine($"{packing.Dialogues} dialogues of {packing.ShortestTokens} to {packing.LongestTokens} tokens: "
                    + $"packed {packing.PackedAnswerTokensPerSecond:F0} answer tokens/s, {packing.PackedPadding:P1} padding; "
                    + $"padded {packing.PaddedAnswerTokensPerSecond:F0}, {packing.PaddedPadding:P1}");
            }

            Console.WriteLine($"cache {SizeText.Of(measured.CacheBytes)}, by the formula {SizeText.Of(measured.CacheFormulaBytes)}");
            CommonOptions.WriteJson(result.GetValue(json), measured, Layout);
        });
        return command;
    }

    private static DecoderOptions? DecoderOf(string file)
    {
        var decoder = ConfigLoader.Load<AlignLanguageConfig>(file, []).Value.Model.Decoder;
        return decoder is { Preset: null, Shape: not null } ? decoder.Shape with { VocabularySize = SmallVocabulary } : decoder.Shape;
    }
}
