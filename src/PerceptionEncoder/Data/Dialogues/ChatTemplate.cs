using PerceptionEncoder.Tokenization.Language;

namespace PerceptionEncoder.Data.Dialogues;

/// <summary>What stands around the parts of a dialogue; names of special tokens mean these.</summary>
internal sealed record ChatTemplate
{
    private const string EndOfTurn = "<|eot_id|>", EndOfMessage = "<|im_end|>\n";

    public string Begin { get; init; } = string.Empty;

    public string BeforeSystem { get; init; } = string.Empty;

    public string AfterSystem { get; init; } = string.Empty;

    public string BeforeQuestion { get; init; } = string.Empty;

    public string AfterQuestion { get; init; } = string.Empty;

    public string BeforeAnswer { get; init; } = string.Empty;

    public required string AfterAnswer { get; init; }

    public string End { get; init; } = string.Empty;

    /// <summary>PLM's <c>warmup</c>.</summary>
    public static ChatTemplate Warmup { get; } = new() { AfterAnswer = "\n" };

    /// <summary>PLM's <c>plm_sft</c>, which is Llama 3's.</summary>
    public static ChatTemplate Llama { get; } = new()
    {
        Begin = "<|begin_of_text|>",
        BeforeSystem = Header("system"),
        AfterSystem = EndOfTurn,
        BeforeQuestion = Header("user"),
        AfterQuestion = EndOfTurn,
        BeforeAnswer = Header("assistant"),
        AfterAnswer = EndOfTurn,
        End = "<|end_of_text|>",
    };

    /// <summary>Qwen 2's.</summary>
    public static ChatTemplate Qwen { get; } = new()
    {
        BeforeSystem = "<|im_start|>system\n",
        AfterSystem = EndOfMessage,
        BeforeQuestion = "<|im_start|>user\n",
        AfterQuestion = EndOfMessage,
        BeforeAnswer = "<|im_start|>assistant\n",
        AfterAnswer = EndOfMessage,
        End = "<|endoftext|>",
    };

    /// <summary>The template of a kind that the tokenizer has the marks for.</summary>
    /// <exception cref="UserErrorException">It has none.</exception>
    public static ChatTemplate Of(ChatFormatKind kind, LanguageTokenizer tokenizer)
        => kind == ChatFormatKind.Warmup ? Warmup
            : tokenizer is { StartHeader: not null, EndHeader: not null, EndOfTurn: not null } ? Llama
            : tokenizer is { StartHeader: not null, EndOfTurn: not null } ? Qwen
            : throw new UserErrorException("the tokenizer has no marks of a dialogue (<|start_header_id|> or <|im_start|> and their like); "
                + "train with the warmup format, or take a tokenizer that has them");

    private static string Header(string role) => $"<|start_header_id|>{role}<|end_header_id|>\n\n";
}
