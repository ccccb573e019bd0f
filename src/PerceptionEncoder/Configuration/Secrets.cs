using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace PerceptionEncoder.Configuration;

/// <summary>
/// Secrets that configs of this process have read from the environment: <c>${HF_TOKEN}</c> and others whose names look like it. What is
/// written down has the reference in place of the value: a resolved config loads again with it, and logs and reports can be shown to
/// anybody.
/// </summary>
public static partial class Secrets
{
    // Replacing a shorter value wherever it stands would garble other words, and no secret is that short.
    private const int ShortestInText = 4;
    private const int ShortestDefaultInText = 8;

    private static readonly ConcurrentDictionary<string, string> ReferenceByValue = new(StringComparer.Ordinal);
    private static readonly ConcurrentDictionary<string, string> WrittenByScalar = new(StringComparer.Ordinal);

    /// <summary>Whether the name of an environment variable looks like that of a secret.</summary>
    public static bool IsSecret(string name) => SecretName().IsMatch(name);

    /// <summary>Text with every secret's value, as it is or escaped for an address or for JSON, replaced by its reference.</summary>
    public static string Conceal(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        foreach (var (value, reference) in ReferenceByValue.OrderByDescending(entry => entry.Key.Length))
        {
            text = text.Replace(value, reference, StringComparison.Ordinal);
        }

        return text;
    }

    /// <summary>Conceals in every text of a JSON value, in place; numbers and names of properties stay.</summary>
    public static JsonNode? Conceal(JsonNode? json)
    {
        switch (json)
        {
            case JsonObject map:
                foreach (var (key, value) in map.ToArray())
                {
                    Replace(value, concealed => map[key] = concealed);
                }

                break;
            case JsonArray list:
                for (var i = 0; i < list.Count; i++)
                {
                    Replace(list[i], concealed => list[i] = concealed);
                }

                break;
            case JsonValue single when single.GetValueKind() == JsonValueKind.String:
                return JsonValue.Create(Conceal(single.GetValue<string>()));
        }

        return json;

        static void Replace(JsonNode? value, Action<JsonNode?> set)
        {
            if (Conceal(value) is var concealed && concealed != value)
            {
                set(concealed);
            }
        }
    }

    /// <summary>Keeps a secret.</summary>
    /// <param name="name">Of the environment variable.</param>
    /// <param name="value">Its value, or the default beside its name.</param>
    /// <param name="isDefault">
    /// A short default, such as <c>none</c>, is a placeholder and a word like others: it is kept out of configs, not out of all text.
    /// </param>
    internal static void Add(string name, string value, bool isDefault = false)
    {
        var shortest = isDefault ? ShortestDefaultInText : ShortestInText;
        foreach (var form in new[] { value, Uri.EscapeDataString(value), JsonEncodedText.Encode(value).ToString() }
            .Where(form => form.Length >= shortest))
        {
            ReferenceByValue[form] = $"${{{name}}}";
        }
    }

    /// <summary>Keeps how a config's scalar with a secret in it is written.</summary>
    /// <param name="scalar">With the value.</param>
    /// <param name="written">With the reference.</param>
    internal static void AddScalar(string scalar, string written) => WrittenByScalar[scalar] = written;

    /// <summary>How a config's scalar is written, where it has a secret in it; else null.</summary>
    internal static string? Written(string scalar) => WrittenByScalar.GetValueOrDefault(scalar);

    // TOKEN but not TOKENIZER, MY_PWD but not the shell's own PWD.
    [GeneratedRegex(
        "(TOKEN|SECRET|PASSWORD|PASSWD|PASSPHRASE|PASSCODE|CREDENTIAL|API_?KEY)S?(_|[0-9]|$)|(^|_)(KEY|PASS|AUTH|PAT|JWT|BEARER|COOKIE|"
        + "SIGNATURE)S?(_|[0-9]|$)|_PWD$",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex SecretName();
}
