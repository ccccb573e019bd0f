using System.ComponentModel.DataAnnotations;

namespace PerceptionEncoder.Tools.VideoEngine.Captioning;

/// <summary>One captioner or summariser.</summary>
public sealed record CaptionerOptions
{
    /// <summary>What answers.</summary>
    public CaptionerType Type { get; init; } = CaptionerType.Endpoint;

    /// <summary>Of an endpoint: its address up to <c>/v1</c>, such as <c>http://127.0.0.1:8000/v1</c>.</summary>
    public string? Address { get; init; }

    /// <summary>Of an endpoint: the model's name there.</summary>
    public string? Model { get; init; }

    /// <summary>
    /// Of an endpoint: the environment variable with the key, which is written nowhere; null for endpoints that want none.
    /// </summary>
    public string? KeyVariable { get; init; }

    /// <summary>Of <c>plm</c>: weights, as every command's <c>--checkpoint</c> takes them.</summary>
    public string? Checkpoint { get; init; }

    /// <summary>Of <c>plm</c>: its tokenizer; null for the one beside the weights.</summary>
    public string? Tokenizer { get; init; }

    /// <summary>Tokens of the longest answer; what is cut counts as over-long.</summary>
    [Range(1, 100_000)]
    public int MaxTokens { get; init; } = 256;

    /// <summary>0 takes the likeliest answer.</summary>
    [Range(0, 2)]
    public double Temperature { get; init; }

    /// <summary>Of an endpoint: calls that wait for an answer at the same time.</summary>
    [Range(1, 4096)]
    public int CallsAtOnce { get; init; } = 8;

    /// <summary>Of an endpoint: calls a minute at most; null for no limit.</summary>
    [Range(0, 1e9, MinimumIsExclusive = true)]
    public double? CallsPerMinute { get; init; }

    /// <summary>Of an endpoint: seconds to wait for an answer.</summary>
    [Range(0, 86_400, MinimumIsExclusive = true)]
    public double Timeout { get; init; } = 120;

    /// <summary>
    /// Of an endpoint: how often a call is made again that got no answer (none in time, no connection, 429, 5xx), after growing pauses or
    /// when <c>Retry-After</c> says.
    /// </summary>
    [Range(0, 100)]
    public int Retries { get; init; } = 5;

    /// <summary>Money for a million tokens of questions.</summary>
    [Range(0, 1e9)]
    public double InputPrice { get; init; }

    /// <summary>Money for a million tokens of answers.</summary>
    [Range(0, 1e9)]
    public double OutputPrice { get; init; }

    /// <summary>Name of the model, as results tell it.</summary>
    internal string Name => (Type == CaptionerType.Endpoint ? Model : Checkpoint) ?? "";

    /// <summary>Key and problem of each rule that spans several keys and is broken.</summary>
    public IEnumerable<(string Key, string Problem)> Problems()
    {
        if (Type == CaptionerType.Plm)
        {
            if (string.IsNullOrWhiteSpace(Checkpoint))
            {
                yield return ("checkpoint", "is needed for type plm: name the weights");
            }

            yield break;
        }

        if (!Uri.TryCreate(Address, UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https"))
        {
            yield return ("address", "is needed for type endpoint: an http:// or https:// address such as http://127.0.0.1:8000/v1");
        }
        else if (address.UserInfo.Length > 0)
        {
            yield return ("address", "must not hold a password; name the variable of a key as key_variable");
        }

        if (string.IsNullOrWhiteSpace(Model))
        {
            yield return ("model", "is needed for type endpoint: the model's name there");
        }
    }

    /// <summary>Money that a call costs.</summary>
    internal double Cost(double inputTokens, double outputTokens)
        => ((inputTokens * InputPrice) + (outputTokens * OutputPrice)) / 1e6;

    /// <summary>The same with defaults for all that changes no answer: a run may go on at another address, or faster.</summary>
    internal CaptionerOptions Answering() => new()
    {
        Type = Type,
        Model = Model,
        Checkpoint = Checkpoint,
        Tokenizer = Tokenizer,
        MaxTokens = MaxTokens,
        Temperature = Temperature,
    };
}
