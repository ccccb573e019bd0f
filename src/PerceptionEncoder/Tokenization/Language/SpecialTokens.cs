namespace PerceptionEncoder.Tokenization.Language;

/// <summary>Tokens that no text becomes: marks of a dialogue, found by their published names.</summary>
public sealed class SpecialTokens
{
    /// <summary>Llama's and Qwen's names of what stands in the place of a picture; the base vocabulary of Llama 3 has a reserved slot.</summary>
    private static readonly string[] ImageNames = ["<|image|>", "<|image_pad|>", "<|reserved_special_token_0|>"];

    internal SpecialTokens(IReadOnlyDictionary<string, int> ids)
    {
        Ids = ids;
        BeginOfText = First("<|begin_of_text|>", "<s>");
        EndOfText = First("<|end_of_text|>", "<|endoftext|>", "</s>");
        StartHeader = First("<|start_header_id|>", "<|im_start|>");
        EndHeader = First("<|end_header_id|>");
        EndOfTurn = First("<|eot_id|>", "<|im_end|>");
        Image = First(ImageNames);
    }

    /// <summary>Id of every special token by its name.</summary>
    public IReadOnlyDictionary<string, int> Ids { get; }

    /// <summary>Stands before all else; null where a vocabulary has none, as Qwen's.</summary>
    public int? BeginOfText { get; }

    /// <summary>Stands after all else.</summary>
    public int? EndOfText { get; }

    /// <summary>Ends what one speaker says.</summary>
    public int? EndOfTurn { get; }

    /// <summary>Stands before the name of a speaker.</summary>
    public int? StartHeader { get; }

    /// <summary>Stands behind the name of a speaker; Qwen has a line break there.</summary>
    public int? EndHeader { get; }

    /// <summary>Holds the place of one visual token.</summary>
    public int? Image { get; }

    private int? First(params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            if (Ids.TryGetValue(name, out var id))
            {
                return id;
            }
        }

        return null;
    }
}
