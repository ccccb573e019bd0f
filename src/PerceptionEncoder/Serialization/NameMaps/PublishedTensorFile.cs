using PerceptionEncoder.Serialization.Weights;
using static TorchSharp.torch;

namespace PerceptionEncoder.Serialization.NameMaps;

/// <summary>A weights file of any layout, read under the published names.</summary>
public sealed class PublishedTensorFile : TensorFile
{
    private readonly TensorFile file;
    private readonly string prefix;
    private readonly Dictionary<string, string> plain;
    private readonly string? zeroBias;
    private readonly Lazy<int> headSize;
    private readonly Dictionary<string, (NameRule Rule, string[] Names)> sources = new(StringComparer.Ordinal);

    /// <param name="file">Closed with this one.</param>
    /// <param name="layout">Its layout.</param>
    /// <param name="prefix">What stands before the layout's names.</param>
    /// <param name="plain">The file's names by what they are without wrappers around modules.</param>
    private PublishedTensorFile(TensorFile file, NameMap layout, string prefix, Dictionary<string, string> plain)
        : base(file.Path)
    {
        this.file = file;
        this.prefix = prefix;
        this.plain = plain;
        headSize = new Lazy<int>(() => layout.HeadSizeIn(this));
        Layout = layout;
        var (unknown, outside) = (new List<string>(), new List<string>());
        var parts = new Dictionary<string, (NameRule Rule, SortedDictionary<int, string> Names)>(StringComparer.Ordinal);
        foreach (var (name, own) in plain)
        {
            if (!name.StartsWith(prefix, StringComparison.Ordinal)
                || WrapperNames.IsBookkeeping(name)
                || layout.IsForeign(name[prefix.Length..]))
            {
                outside.Add(own);
            }
            else if (layout.OriginalOf(name[prefix.Length..]) is { } original
                && plain.TryGetValue(prefix + original, out var first)
                && file.AreSame(first, own))
            {
                outside.Add(own);                               // a tied table that was saved twice
            }
            else if (name[prefix.Length..] == layout.ZeroBias)
            {
                zeroBias = own;
            }
            else if (layout.TryToPublished(name[prefix.Length..]) is not { } found)
            {
                unknown.Add(own);
            }
            else
            {
                if (!parts.TryGetValue(found.Name, out var entry))
                {
                    parts[found.Name] = entry = (found.Rule, []);
                }

                entry.Names[found.Part] = own;
            }
        }

        var entries = new Dictionary<string, TensorEntry>(StringComparer.Ordinal);
        foreach (var (published, (rule, names)) in parts)
        {
            sources[published] = (rule, [.. names.Values]);
            entries[published] = new TensorEntry(published, file.Entries[names.Values.First()].DType, PublishedShape(published));
        }

        Entries = entries;
        (Unknown, Outside) = (unknown, outside);
    }

    /// <summary>The layout of the file.</summary>
    public NameMap Layout { get; }

    /// <summary>Tensors that the layout has no place for, by their own names.</summary>
    public IReadOnlyList<string> Unknown { get; }

    /// <summary>Tensors of the file that belong to something else than the model, by their own names.</summary>
    public IReadOnlyList<string> Outside { get; }

    /// <inheritdoc/>
    public override string? Origin => (file.Origin, prefix) switch
    {
        (var entry, "") => entry,
        (null, _) => $"the tensors under {prefix}",
        var (entry, _) => $"{entry}, the tensors under {prefix}",
    };

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, string> Metadata => file.Metadata;

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, TensorEntry> Entries { get; }

    /// <summary>Opens a file and finds out its layout.</summary>
    /// <param name="path">As <see cref="TensorFile.Open"/> takes it.</param>
    /// <param name="layouts">What it may be, in the order in which they are compared.</param>
    /// <exception cref="UserErrorException">The file cannot be read or its names are of no known layout.</exception>
    public static PublishedTensorFile Open(string path, IReadOnlyList<NameMap> layouts)
    {
        var file = TensorFile.Open(path);
        try
        {
            return Of(file, layouts);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Reads an open file under the published names, and closes it with this one.</summary>
    /// <exception cref="UserErrorException">
    /// Its names are of no known layout, or a head has a bias that the published model has no place for.
    /// </exception>
    public static PublishedTensorFile Of(TensorFile file, IReadOnlyList<NameMap> layouts)
    {
        ArgumentNullException.ThrowIfNull(file);
        ArgumentNullException.ThrowIfNull(layouts);
        var plain = new Dictionary<string, string>(file.Entries.Count, StringComparer.Ordinal);
        foreach (var name in file.Entries.Keys)
        {
            if (!plain.TryAdd(WrapperNames.WithoutInner(name), name))
            {
                throw new UserErrorException($"{file.Path}: {Shown(name)} and {Shown(plain[WrapperNames.WithoutInner(name)])} are one "
                    + "tensor under two wrappers. Save the weights of one model.");
            }
        }

        try
        {
            var (layout, prefix) = NameMap.Detect(plain.Keys, layouts) ?? throw new FormatException(
                $"its tensors ({Sample(file.Entries.Keys)}){Within(file)} are of no "
                + $"known layout ({string.Join(", ", layouts.Select(map => map.Name))}){Others(file)}");
            var published = new PublishedTensorFile(file, layout, prefix, plain);
            published.CheckBias();
            return published;
        }
        catch (FormatException unclear)
        {
            throw new UserErrorException($"{file.Path}: {unclear.Message}. Name the weights of a Perception Encoder.", unclear);
        }
    }

    /// <summary>
    /// What the same file holds in the layouts of another kind of model, such as the tower of a language model; null for nothing. It ends
    /// with this one.
    /// </summary>
    internal PublishedTensorFile? As(IReadOnlyList<NameMap> layouts)
        => NameMap.Detect(plain.Keys, layouts) is var (layout, inner) ? new PublishedTensorFile(file, layout, inner, plain) : null;

    /// <summary>The names the file itself has for a published tensor.</summary>
    public string NameInFile(string published)
        => sources.TryGetValue(published, out var source) ? string.Join(" + ", source.Names)
            : Layout.TryToOther(published) is { } other ? string.Join(" + ", other.Names.Select(name => prefix + name)) : published;

    /// <summary>What the file has in place of a published tensor that it lacks; null where it has nothing.</summary>
    public string? InPlaceOf(string published)
        => file.PassedOver.Count > 0 && Layout.TryToOther(published) is { } other
            ? file.PassedOver.Where(item => other.Names.Contains(Own(item.Key))).Select(item => item.Value).FirstOrDefault()
            : null;

    /// <inheritdoc/>
    internal override Tensor? Map(string name)
        => sources.TryGetValue(name, out var source)
            && source.Rule.How is not (Rearrangement.Transposed or Rearrangement.QueryApart or Rearrangement.RotaryHalves)
            ? file.Map(source.Names[0])?.view(Entries[name].Shape.ToArray())
            : null;

    /// <inheritdoc/>
    private protected override void CopyInto(TensorEntry entry, Tensor target)
    {
        var (rule, names) = sources[entry.Name];
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        switch (rule.How)
        {
            case Rearrangement.Transposed:
                file.ReadInto(names[0], target.t());
                break;
            case Rearrangement.QueryApart:
                long row = 0;
                foreach (var name in names)
                {
                    var rows = Rows(name);
                    file.ReadInto(name, target.narrow(0, row, rows));
                    row += rows;
                }

                break;
            case Rearrangement.RotaryHalves:
                target.copy_(RotaryRows.ToPairs(file.Read(names[0]), headSize.Value));
                break;
            default:
                file.ReadInto(names[0], target.view(file.Entries[names[0]].Shape.ToArray()));
                break;
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing) => file.Dispose();

    private static string Shown(string name) => ShownText.Of(name);

    private static string Sample(IEnumerable<string> names)
        => names.Take(3).Select(Shown).ToArray() is { Length: > 0 } some ? string.Join(", ", some) + ", ..." : "none";

    private static string Within(TensorFile file) => file.Origin is { } origin ? $" in {origin}" : "";

    private static string Others(TensorFile file)
        => file.PassedOver.Count == 0
            ? ""
            : $"; beside them {string.Join(", ", file.PassedOver.Take(5).Select(item => $"{Shown(item.Key)} ({item.Value})"))}";

    /// <summary>A name of the file as the layout's rules have it.</summary>
    private string Own(string name)
        => WrapperNames.WithoutInner(name) is var plain && plain.StartsWith(prefix, StringComparison.Ordinal)
            ? plain[prefix.Length..]
            : plain;

    /// <summary>
    /// The shape under the published name; the file's own where it is not what the rule expects, so that loading reports it.
    /// </summary>
    private long[] PublishedShape(string published)
    {
        var (rule, names) = sources[published];
        var shape = file.Entries[names[0]].Shape.ToArray();
        return rule.How switch
        {
            Rearrangement.OneLeadingDimension when shape.Length > 1 && shape[0] == 1 => shape[1..],
            Rearrangement.TwoLeadingDimensions when shape.Length > 2 && shape[0] == 1 && shape[1] == 1 => shape[2..],
            Rearrangement.Transposed when shape.Length == 2 => [shape[1], shape[0]],
            Rearrangement.QueryApart => [names.Sum(Rows), .. shape.Skip(1)],
            _ => shape,
        };
    }

    private long Rows(string name) => file.Entries[name].Shape is [var rows, ..] ? rows : 0;

    private void CheckBias()
    {
        if (zeroBias is { } name)
        {
            using var scope = NewDisposeScope();
            if (file.Read(name).count_nonzero().item<long>() > 0)
            {
                throw new UserErrorException($"{Path}: {Shown(name)} is not zero, and the published model has no bias there. "
                    + "It was finetuned as a classifier; load weights without that head.");
            }
        }
    }
}
