using System.Globalization;
using PerceptionEncoder.Data.Items;
using PerceptionEncoder.Data.Samples;
using PerceptionEncoder.Data.Shards;

namespace PerceptionEncoder.Evaluation.Sets;

/// <summary>The class of a sample of a shard, as CLIP-benchmark stores it.</summary>
internal static class ClassLabel
{
    /// <summary>Extension of the member that holds the class index.</summary>
    public const string Member = "cls";

    /// <summary>The class index.</summary>
    /// <param name="sample">The sample.</param>
    /// <param name="classes">How many there are.</param>
    /// <param name="set">Name of the set, for messages.</param>
    /// <exception cref="BadSampleException">There is none, or several.</exception>
    /// <exception cref="UserErrorException">It is no class: names and shards do not belong together.</exception>
    public static int Read(Sample sample, int classes, string set)
    {
        if (!sample.Members.TryGetValue(Member, out var member))
        {
            var hint = sample.Stored?.Contains("npy") == true
                ? $"; a set with several labels an image has them in npy, and says multilabel in {ClipBenchmarkFolder.TypeFile}"
                : "";
            throw new BadSampleException("missing label", $"no {Member} among {sample.List()}{hint}");
        }

        var text = CaptionedImage.Text(member.Span, Member).Trim();
        if (!int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var label))
        {
            var several = text.Split((char[])[' ', ',', ';', '[', ']', '\t', '\n'], StringSplitOptions.RemoveEmptyEntries);
            var hint = several.Length > 1 && several.All(each => double.TryParse(each, CultureInfo.InvariantCulture, out _))
                ? " are several labels, and zero-shot classification wants one an image"
                : "";
            throw new BadSampleException("label is not a number", $"'{text[..Math.Min(text.Length, 20)]}'{hint}");
        }

        return label >= 0 && label < classes
            ? label
            : throw new UserErrorException($"{sample.Shard}, sample {sample.Key}: label {label} is none of the {classes} classes counted "
                + $"from 0 that {set} has names for. Use the class names that belong to the set.");
    }
}
