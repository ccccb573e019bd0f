using System.Globalization;
using System.Text.Json;
using PerceptionEncoder.Data.Samples;
using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Evaluation.Sets;

namespace PerceptionEncoder.Evaluation.Probes;

/// <summary>Where samples have their class index.</summary>
/// <param name="key">Key in the JSON member; null for the <c>.cls</c> member.</param>
internal sealed class ImageLabel(string? key)
{
    /// <summary>Extension of the member that is read.</summary>
    public string Member => key is null ? ClassLabel.Member : "json";

    /// <summary>The class index, 0 or above.</summary>
    /// <exception cref="BadSampleException">There is none.</exception>
    public int Read(Sample sample)
    {
        if (!sample.Members.TryGetValue(Member, out var member))
        {
            throw new BadSampleException("missing label", $"no {Member} among {sample.List()}");
        }

        var text = key is null ? CaptionedImage.Text(member.Span, Member).Trim() : OfJson(member, key);
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var label)
            ? label
            : throw new BadSampleException("label is no class index", $"'{text[..Math.Min(text.Length, 20)]}'");
    }

    private static string OfJson(ReadOnlyMemory<byte> member, string key)
    {
        try
        {
            using var document = UserJson.Parse(member);
            return document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty(key, out var value)
                ? value.ToString()
                : throw new BadSampleException("missing label", $"no key {key} in its json");
        }
        catch (Exception damage) when (damage is JsonException or InvalidOperationException or TextEncodingException)
        {
            throw new BadSampleException(CaptionedImage.DamagedJson, damage.Message.ReplaceLineEndings(" "));
        }
    }
}
