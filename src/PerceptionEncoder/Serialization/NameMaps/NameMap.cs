using PerceptionEncoder.Serialization.Weights;

namespace PerceptionEncoder.Serialization.NameMaps;

/// <summary>How a layout names and arranges the tensors of a model.</summary>
/// <remarks>
/// The tables lie beside each family of models; "published" means the names of our own modules, which are those of the first publication.
/// </remarks>
public sealed class NameMap
{
    /// <summary>A table of rotary frequencies that some save with the weights though nothing in it is learned.</summary>
    private const string RotaryTable = "rotary_emb.inv_freq";

    private readonly NameRule[] rules;
    private readonly string[] foreignPrefixes;
    private readonly string signature;
    private readonly Func<TensorFile, int>? headSizeOf;
    private readonly string[] tiedCopies;

    internal NameMap(
        string name,
        string description,
        string signature,
        NameRule[] rules,
        string[]? foreignPrefixes = null,
        string? zeroBias = null,
        Func<TensorFile, int>? headSizeOf = null,
        string[]? tiedCopies = null)
    {
        Name = name;
        Description = description;
        this.signature = signature;
        this.rules = rules;
        this.foreignPrefixes = foreignPrefixes ?? [];
        ZeroBias = zeroBias;
        this.headSizeOf = headSizeOf;
        this.tiedCopies = tiedCopies ?? [];
    }

    /// <summary>The layout's short name, such as <c>timm</c>.</summary>
    public string Name { get; }

    /// <summary>Whose layout it is, for people.</summary>
    public string Description { get; }

    /// <summary>A bias that this layout has beside its projection and the published model has not; it is zero.</summary>
    internal string? ZeroBias { get; }

    /// <summary>Channels of a head, where rows of heads are arranged otherwise; null where the layout is of no one model.</summary>
    internal int? HeadSize { get; private set; }

    /// <summary>A second name under which the table that the layout is told by is written too; null for none.</summary>
    internal string? WrittenTwice { get; private set; }

    /// <summary>Whether the layout has a place for a tensor.</summary>
    /// <param name="published">Its published name.</param>
    public bool Holds(string published) => TryToOther(published) is not null;

    /// <summary>The same layout for one model, to write it.</summary>
    /// <param name="headSize">Channels of a head.</param>
    /// <param name="writtenTwice">See <see cref="WrittenTwice"/>.</param>
    internal NameMap For(int headSize, string? writtenTwice)
    {
        var bound = (NameMap)MemberwiseClone();
        (bound.HeadSize, bound.WrittenTwice) = (headSize, writtenTwice);
        return bound;
    }

    /// <summary>Channels of a head of the model in a file.</summary>
    /// <exception cref="UserErrorException">Nothing beside the file tells.</exception>
    internal int HeadSizeIn(TensorFile file)
        => headSizeOf?.Invoke(file) ?? throw new InvalidOperationException($"the layout {Name} has no heads");

    /// <summary>The name of what a tensor may be a second copy of; null where there is none such.</summary>
    /// <param name="name">Of the tensor, in this layout.</param>
    internal string? OriginalOf(string name) => tiedCopies.Contains(name) ? signature : null;

    /// <summary>The layout of a file and what stands before all its names; null where it is none of these.</summary>
    /// <param name="names">As <see cref="WrapperNames.WithoutInner"/> leaves them.</param>
    /// <param name="layouts">In the order in which they are compared.</param>
    /// <exception cref="FormatException">There are several towers of one layout, none of them at the top.</exception>
    internal static (NameMap Layout, string Prefix)? Detect(IReadOnlyCollection<string> names, IReadOnlyList<NameMap> layouts)
    {
        foreach (var map in layouts)
        {
            var prefixes = map.Prefixes(names);
            if (prefixes.Length > 0)
            {
                return prefixes.Contains("") ? (map, "")
                    : prefixes.Length == 1 ? (map, prefixes[0])
                    : throw new FormatException($"holds several towers, under {string.Join(" and ", prefixes)}");
            }
        }

        return null;
    }

    /// <summary>
    /// What stands before this layout's names in a file: one text for each tower that it holds in this layout, empty where nothing does.
    /// </summary>
    /// <param name="names">As <see cref="WrapperNames.WithoutInner"/> leaves them.</param>
    internal string[] Prefixes(IEnumerable<string> names)
        => [.. names.Where(name => name.EndsWith(signature, StringComparison.Ordinal) && WrapperNames.IsPrefix(name[..^signature.Length]))
            .Select(name => name[..^signature.Length])];

    /// <summary>Whether a tensor belongs to something else that this layout keeps in the same file, such as a language model.</summary>
    internal bool IsForeign(string name)
        => Array.Exists(foreignPrefixes, prefix => name.StartsWith(prefix, StringComparison.Ordinal))
            || name.EndsWith(RotaryTable, StringComparison.Ordinal);

    /// <summary>
    /// The published name of a tensor of this layout and the rule that says so; null where the layout has no such tensor.
    /// </summary>
    internal (NameRule Rule, string Name, int Part)? TryToPublished(string name)
    {
        foreach (var rule in rules)
        {
            if (rule.ToPublished(name) is { } found)
            {
                return (rule, found.Name, found.Part);
            }
        }

        return null;
    }

    /// <summary>This layout's names of a published tensor and the rule that says so; null where the layout has no place for it.</summary>
    internal (NameRule Rule, string[] Names)? TryToOther(string published)
    {
        foreach (var rule in rules)
        {
            if (rule.ToOther(published) is { } names)
            {
                return (rule, names);
            }
        }

        return null;
    }
}
