using static TorchSharp.torch;

namespace PerceptionEncoder.Serialization.NameMaps;

/// <summary>A weights file of any layout, read under the published names.</summary>
public sealed class PublishedTensorFile : TensorFile
{
    private readonly TensorFile file;
    private readonly Dictionary<string, (NameRule Rule, string[] Names)> sources = new(StringComparer.Ordinal);

    private PublishedTensorFile(TensorFile file, NameMap layout)
        : base(file.Path)
    {
        this.file = file;
        Layout = layout;
        var unknown = new List<string>();
        var parts = new Dictionary<string, (NameRule Rule, SortedDictionary<int, string> Names)>(StringComparer.Ordinal);
        foreach (var name in file.Entries.Keys.Where(name => !layout.IsForeign(name) && name != layout.ZeroBias))
        {
            if (layout.TryToPublished(name) is not { } found)
            {
                unknown.Add(name);
                continue;
            }

            if (!parts.TryGetValue(found.Name, out var entry))
            {
                parts[found.Name] = entry = (found.Rule, []);
            }

            entry.Names[found.Part] = name;
        }

        var entries = new Dictionary<string, TensorEntry>(StringComparer.Ordinal);
        foreach (var (published, (rule, names)) in parts)
        {
            sources[published] = (rule, [.. names.Values]);
            entries[published] = new TensorEntry(published, file.Entries[names.Values.First()].DType, PublishedShape(published));
        }

        Entries = entries;
        Unknown = unknown;
    }

    /// <summary>The layout of the file.</summary>
    public NameMap Layout { get; }

    /// <summary>Tensors that the layout has no place for, by their own names.</summary>
    public IReadOnlyList<string> Unknown { get; }

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, string> Metadata => file.Metadata;

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, TensorEntry> Entries { get; }

    /// <summary>Opens a file and finds out its layout.</summary>
    /// <param name="path">As <see cref="TensorFile.Open"/> takes it.</param>
    /// <exception cref="UserErrorException">The file cannot be read or its names are of no known layout.</exception>
    public static new PublishedTensorFile Open(string path)
    {
        var file = TensorFile.Open(path);
        try
        {
            return Of(file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Reads an open file under the published names, and closes it with this one.</summary>
    /// <exception cref="UserErrorException">Its names are of no known layout, or a head has a bias that the published model has no place for.</exception>
    public static PublishedTensorFile Of(TensorFile file)
    {
        ArgumentNullException.ThrowIfNull(file);
        var layout = NameMaps.Detect(file.Entries.Keys)
            ?? throw new UserErrorException($"{file.Path}: its tensors ({Sample(file.Entries.Keys)}) are of no known layout ({string.Join(", ", NameMaps.All.Select(map => map.Name))}). Name the weights of a Perception Encoder.");
        var published = new PublishedTensorFile(file, layout);
        published.CheckBias();
        return published;
    }

    /// <summary>The names the file itself has for a published tensor.</summary>
    public string NameInFile(string published)
        => sources.TryGetValue(published, out var source) ? string.Join(" + ", source.Names)
            : Layout.TryToOther(published) is { } other ? string.Join(" + ", other.Names) : published;

    /// <inheritdoc/>
    internal override Tensor? Map(string name)
        => sources.TryGetValue(name, out var source) && source.Rule.How is not (Rearrangement.Transposed or Rearrangement.QueryApart)
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
            default:
                file.ReadInto(names[0], target.view(file.Entries[names[0]].Shape.ToArray()));
                break;
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing) => file.Dispose();

    private static string Sample(IEnumerable<string> names) => names.Take(3).ToArray() is { Length: > 0 } some ? string.Join(", ", some) + ", ..." : "none";

    /// <summary>The shape under the published name; the file's own where it is not what the rule expects, so that loading reports it.</summary>
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
        if (Layout.ZeroBias is { } name && file.Entries.ContainsKey(name))
        {
            using var scope = NewDisposeScope();
            if (file.Read(name).count_nonzero().item<long>() > 0)
            {
                throw new UserErrorException($"{Path}: {name} is not zero, and the published model has no bias there. It was finetuned as a classifier; load weights without that head.");
            }
        }
    }
}
