using PerceptionEncoder.Models.Clip;

namespace PerceptionEncoder.Models.Language;

/// <summary>Names and shapes of a model's tensors as published, from its options alone.</summary>
internal static class LanguageTensors
{
    /// <summary>The table of embeddings.</summary>
    public const string Words = "tok_embeddings.weight";

    /// <summary>Before the names of the vision tower.</summary>
    public const string Tower = "vision_model.";

    /// <summary>Before the numbers of the projector's layers.</summary>
    public const string Projector = "vision_projector.projector.";

    /// <summary>Before the numbers of the decoder's blocks.</summary>
    public const string Blocks = "layers.";

    /// <summary>The decoder's.</summary>
    public static IEnumerable<(string Name, long[] Shape)> Decoder(DecoderOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        long width = options.Width, queries = (long)options.Heads * options.HeadSize, hidden = options.FeedForwardWidth;
        var shared = (long)options.KeyValueHeads * options.HeadSize;
        yield return (Words, [options.VocabularySize, width]);
        for (var layer = 0; layer < options.Layers; layer++)
        {
            var block = $"{Blocks}{layer}.";
            foreach (var (name, rows) in new[] { ("wq", queries), ("wk", shared), ("wv", shared) })
            {
                yield return ($"{block}attention.{name}.weight", [rows, width]);
                if (options.QkvBias)
                {
                    yield return ($"{block}attention.{name}.bias", [rows]);
                }
            }

            yield return (block + "attention.wo.weight", [width, queries]);
            yield return (block + "feed_forward.w1.weight", [hidden, width]);
            yield return (block + "feed_forward.w2.weight", [width, hidden]);
            yield return (block + "feed_forward.w3.weight", [hidden, width]);
            yield return (block + "attention_norm.weight", [width]);
            yield return (block + "ffn_norm.weight", [width]);
        }

        yield return ("norm.weight", [width]);
        if (!options.TiedHead)
        {
            yield return (LanguageLayouts.Head, [options.VocabularySize, width]);
        }
    }

    /// <summary>The projector's; none without a tower.</summary>
    public static IEnumerable<(string Name, long[] Shape)> ProjectorLayers(LanguageModelOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        long width = options.Decoder.Width;
        return options.Vision is not { } vision ? []
            :
            [
                (Projector + "0.weight", [width, vision.Width]),
                (Projector + "0.bias", [width]),
                .. options.Projector.Kind == ProjectorKind.Linear ? Array.Empty<(string, long[])>()
                    : [(Projector + "2.weight", [width, width]), (Projector + "2.bias", [width])],
            ];
    }

    /// <summary>The vision tower's; none without one.</summary>
    public static IEnumerable<(string Name, long[] Shape)> Vision(LanguageModelOptions options)
        => options.Vision is { } vision
            ? ClipTensors.Vision(vision).Select(tensor => (Tower + tensor.Name[ClipTensors.VisionPrefix.Length..], tensor.Shape))
            : [];
}
