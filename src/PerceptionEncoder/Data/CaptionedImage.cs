using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using PerceptionEncoder.Data.Video;

namespace PerceptionEncoder.Data;

/// <summary>The two things that contrastive training takes from a sample.</summary>
/// <param name="File">Bytes of the image file.</param>
/// <param name="Caption">Its text, without white space at the ends; never blank.</param>
public sealed record CaptionedImage(ReadOnlyMemory<byte> File, string Caption)
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
    /// <param name="seed">Of the choice among several captions, where they have weights.</param>
    /// <exception cref="BadSampleException">Either is missing, or the caption cannot be read.</exception>
    public static CaptionedImage From(Sample sample, SourceOptions source, ulong seed = 0)
    {
        foreach (var extension in source.Images)
        {
            if (sample.Members.TryGetValue(extension, out var file))
            {
                return new CaptionedImage(file, FindCaption(sample, source, seed));
            }
        }

        throw new BadSampleException(MissingImage, $"no {string.Join(", ", source.Images)} among {Names(sample)}");
    }

    /// <summary>The captions of a source in stored order, one pass, without reading its images.</summary>
    /// <exception cref="UserErrorException">A shard is missing or cannot be read.</exception>
    public static IEnumerable<string> ReadCaptions(SourceOptions source, BadSamples faults, CancellationToken stop)
    {
        var members = source.Captions.Select(caption => caption.Split('.', 2)[0]).ToHashSet(StringComparer.OrdinalIgnoreCase);
        foreach (var sample in SampleReader.ReadShards(ShardSource.Find(source.Shards), faults, members))
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

    /// <summary>Extensions of the members that <see cref="From"/> looks at.</summary>
    public static IReadOnlySet<string> Members(SourceOptions source)
        => (source.Media == SampleMedia.Video ? source.Videos.Concat(FrameMembers.Extensions) : source.Images).Concat(source.Captions.Select(caption => caption.Split('.', 2)[0])).ToHashSet(StringComparer.OrdinalIgnoreCase);

    /// <summary>The caption where the source's options say, without white space at the ends; never blank.</summary>
    /// <param name="sample">As stored.</param>
    /// <param name="source">Options of its source.</param>
    /// <param name="seed">Of the choice among several, where they have weights.</param>
    /// <exception cref="BadSampleException">There is none, or it cannot be read.</exception>
    internal static string FindCaption(Sample sample, SourceOptions source, ulong seed = 0)
    {
        List<(string Caption, double Weight)> present = [];
        for (var i = 0; i < source.Captions.Count; i++)
        {
            var weight = source.CaptionWeights?[i] ?? 1;
            if (weight > 0 && ReadCaption(sample, source.Captions[i]) is { } caption)
            {
                if (source.CaptionWeights is null)
                {
                    return caption;
                }

                present.Add((caption, weight));
            }
        }

        if (present.Count > 0)
        {
            var left = SampleRandom.ToUnit(SampleRandom.Mix(seed, (ulong)RandomStream.Caption)) * present.Sum(each => each.Weight);
            var drawn = present.FindIndex(each => (left -= each.Weight) < 0);
            return present[drawn < 0 ? ^1 : drawn].Caption;
        }

        throw new BadSampleException(MissingCaption, $"no text at {string.Join(", ", source.Captions)} among {Names(sample)}");
    }

    /// <summary>Text of UTF-8 bytes, without a mark at their start.</summary>
    /// <param name="bytes">All of it.</param>
    /// <param name="name">What they are, for the message.</param>
    /// <exception cref="BadSampleException">They are in another encoding.</exception>
    internal static string Text(ReadOnlySpan<byte> bytes, string name)
    {
        var text = WithoutMark(bytes);
        return Utf8.IsValid(text)
            ? Encoding.UTF8.GetString(text)
            : throw new BadSampleException(CaptionNotUtf8, $"{name} of {bytes.Length} bytes");
    }

    private static string? ReadCaption(Sample sample, string place)
    {
        var path = place.Split('.');
        if (!sample.Members.TryGetValue(path[0], out var member))
        {
            return null;
        }

        var caption = path.Length == 1 ? Text(member.Span, path[0]) : Field(member, path);
        return string.IsNullOrWhiteSpace(caption) ? null : caption.Trim();
    }

    private static string? Field(ReadOnlyMemory<byte> bytes, string[] path)
    {
        try
        {
            using var document = JsonDocument.Parse(bytes[(bytes.Length - WithoutMark(bytes.Span).Length)..]);
            var element = document.RootElement;
            foreach (var name in path.AsSpan(1))
            {
                if (element.ValueKind != JsonValueKind.Object || !element.TryGetProperty(name, out element))
                {
                    return null;
                }
            }

            return element.ValueKind == JsonValueKind.String ? element.GetString() : null;
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException)
        {
            throw new BadSampleException(DamagedJson, failure.Message.ReplaceLineEndings(" "));
        }
    }

    private static ReadOnlySpan<byte> WithoutMark(ReadOnlySpan<byte> bytes) => bytes.StartsWith(Encoding.UTF8.Preamble) ? bytes[3..] : bytes;

    private static string Names(Sample sample) => sample.Members.Count == 0 ? "its members" : string.Join(", ", sample.Members.Keys);
}
