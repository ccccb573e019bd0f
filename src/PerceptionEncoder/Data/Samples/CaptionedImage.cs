using System.Text.Json;
using PerceptionEncoder.Data.Shards;

namespace PerceptionEncoder.Data.Samples;

/// <summary>The two things that contrastive training takes from a sample.</summary>
/// <param name="File">Bytes of the image file.</param>
/// <param name="Caption">Its text, without white space at the ends; never blank.</param>
internal sealed record CaptionedImage(ReadOnlyMemory<byte> File, string Caption)
{
    /// <summary>Reason of a sample without any of the image members.</summary>
    public const string MissingImage = "missing image";

    /// <summary>Reason of a sample without any of the caption members or fields, or with blank ones only.</summary>
    public const string MissingCaption = "missing caption";

    /// <summary>Reason of a caption in another encoding.</summary>
    public const string CaptionNotUtf8 = "caption is not UTF-8";

    /// <summary>Reason of a JSON member that cannot be parsed.</summary>
    public const string DamagedJson = "damaged JSON";

    /// <summary>Finds image and caption where the source's options say.</summary>
    /// <param name="sample">As stored.</param>
    /// <param name="source">Options of its source.</param>
    /// <param name="seed">
    /// Of the choice among several captions, where they have weights or stand in a list; null takes a list's first.
    /// </param>
    /// <exception cref="BadSampleException">Either is missing, or the caption cannot be read.</exception>
    public static CaptionedImage From(Sample sample, SourceOptions source, ulong? seed = null)
    {
        var file = FindImage(sample, source);
        return new CaptionedImage(file, FindCaption(sample, source, seed));
    }

    /// <summary>The image file where the source's options say.</summary>
    /// <exception cref="BadSampleException">There is none.</exception>
    public static ReadOnlyMemory<byte> FindImage(Sample sample, SourceOptions source)
    {
        foreach (var extension in source.Images)
        {
            if (sample.Members.TryGetValue(extension, out var file))
            {
                return file;
            }
        }

        throw new BadSampleException(MissingImage, $"no {string.Join(", ", source.Images)} among {sample.List()}");
    }

    /// <summary>The captions of a source in stored order, one pass, without reading its images.</summary>
    /// <exception cref="UserErrorException">A shard is missing or cannot be read.</exception>
    public static IEnumerable<string> ReadCaptions(SourceOptions source, BadSamples faults, CancellationToken stop)
    {
        var members = SourceOptions.MembersOf(source.Captions).ToHashSet(StringComparer.OrdinalIgnoreCase);
        foreach (var sample in SampleReader.ReadShards(ShardOrder.Find(source.Shards), faults, members))
        {
            stop.ThrowIfCancellationRequested();
            string caption;
            try
            {
                caption = FindCaption(sample, source);
            }
            catch (BadSampleException unusable)
            {
                faults.AddFault(new BadSample(unusable.Reason, sample.Shard, sample.Key, unusable.Message));
                continue;
            }

            yield return caption;
        }
    }

    /// <summary>The caption where the source's options say, without white space at the ends; never blank.</summary>
    /// <param name="sample">As stored.</param>
    /// <param name="source">Options of its source.</param>
    /// <param name="seed">Of the choice among several, where they have weights or stand in a list; null takes a list's first.</param>
    /// <exception cref="BadSampleException">There is none, or it cannot be read.</exception>
    internal static string FindCaption(Sample sample, SourceOptions source, ulong? seed = null)
    {
        List<(IReadOnlyList<string> Captions, double Weight)> present = [];
        List<string> others = [];
        for (var i = 0; i < source.Captions.Count; i++)
        {
            var weight = source.CaptionWeights?[i] ?? 1;
            if (weight > 0 && ReadCaptions(sample, source.Captions[i], others) is { Count: > 0 } captions)
            {
                present.Add((captions, weight));
                if (source.CaptionWeights is null)
                {
                    break;
                }
            }
        }

        if (present.Count == 0)
        {
            throw Missing(sample, source, others);
        }

        var left = SampleRandom.ToUnit(SampleRandom.Mix(seed ?? 0, (ulong)RandomStream.Caption)) * present.Sum(each => each.Weight);
        var drawn = present.FindIndex(each => (left -= each.Weight) < 0);
        var list = present[drawn < 0 ? ^1 : drawn].Captions;
        return list[seed is { } some
            ? (int)(SampleRandom.ToUnit(SampleRandom.Mix(some, (ulong)RandomStream.CaptionOfList)) * list.Count)
            : 0];
    }

    /// <summary>All captions at the first place that has any.</summary>
    /// <exception cref="BadSampleException">There is none, or it cannot be read.</exception>
    internal static IReadOnlyList<string> FindCaptions(Sample sample, SourceOptions source)
    {
        List<string> others = [];
        return source.Captions.Select(place => ReadCaptions(sample, place, others)).FirstOrDefault(captions => captions.Count > 0)
            ?? throw Missing(sample, source, others);
    }

    /// <summary>Text in any encoding that <see cref="UserText"/> reads.</summary>
    /// <param name="bytes">All of it.</param>
    /// <param name="name">What they are, for the message.</param>
    /// <exception cref="BadSampleException">They are in another encoding.</exception>
    internal static string Text(ReadOnlySpan<byte> bytes, string name)
    {
        try
        {
            return UserText.Decode(bytes);
        }
        catch (TextEncodingException bad)
        {
            throw new BadSampleException(
                CaptionNotUtf8,
                $"{name} of {bytes.Length} bytes{(bad.Line > 1 ? $", line {bad.Line}" : "")}: {bad.Message}");
        }
    }

    private static BadSampleException Missing(Sample sample, SourceOptions source, List<string> others)
        => new(
            MissingCaption,
            $"no text at {string.Join(", ", source.Captions)}{(others.Count > 0 ? $" ({string.Join(", ", others)})" : "")} among "
            + $"{sample.List()}");

    /// <summary>The texts at a place that are not blank; what stands there instead goes to <paramref name="others"/>.</summary>
    private static IReadOnlyList<string> ReadCaptions(Sample sample, string place, List<string> others)
    {
        if (SourceOptions.MembersAt(place).FirstOrDefault(sample.Members.ContainsKey) is not { } member)
        {
            return [];
        }

        var bytes = sample.Members[member];
        var captions = member.Length == place.Length ? [Text(bytes.Span, member)] : Field(bytes, member, place, others);
        return [.. captions.Select(caption => caption.Trim()).Where(caption => caption.Length > 0)];
    }

    private static string[] Field(ReadOnlyMemory<byte> bytes, string member, string place, List<string> others)
    {
        try
        {
            using var document = UserJson.Parse(bytes);
            var (element, at) = (document.RootElement, member);
            foreach (var name in place[(member.Length + 1)..].Split('.'))
            {
                if (element.ValueKind != JsonValueKind.Object)
                {
                    others.Add($"{at} is {UserJson.Describe(element)}");
                    return [];
                }

                if (!element.TryGetProperty(name, out element))
                {
                    return [];
                }

                at += $".{name}";
            }

            switch (element.ValueKind)
            {
                case JsonValueKind.String:
                    return [element.GetString()!];
                case JsonValueKind.Null:
                    return [];
                case JsonValueKind.Array
                    when element.EnumerateArray().All(item => item.ValueKind is JsonValueKind.String or JsonValueKind.Null):
                    return [.. element.EnumerateArray().Select(item => item.GetString()).OfType<string>()];
                default:
                    others.Add($"{place} is "
                        + $"{UserJson.Describe(element)}{(element.ValueKind == JsonValueKind.Array ? " of more than texts" : "")}");
                    return [];
            }
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException or TextEncodingException)
        {
            throw new BadSampleException(DamagedJson, $"{member}: {failure.Message.ReplaceLineEndings(" ")}");
        }
    }
}
