using PerceptionEncoder.Data.Shards;

namespace PerceptionEncoder.Evaluation.Sets;

/// <summary>Items that are files of their own.</summary>
/// <param name="items">All of them, in order.</param>
/// <param name="files">What they and what they are paired with are made of; those that are not there are passed over.</param>
internal sealed class FileItems<T>(IReadOnlyCollection<SetItem<T>> items, IEnumerable<string> files) : SetItems<T>
{
    /// <summary>A word about what lies beside the items and is none; null where there is nothing.</summary>
    public BadSample? PassedOver { get; init; }

    /// <summary>Some of them.</summary>
    /// <param name="chosen">Their indices.</param>
    public FileItems<T> Only(IReadOnlySet<int> chosen)
        => new([.. items.Where((_, index) => chosen.Contains(index))], files) { PassedOver = PassedOver };

    /// <inheritdoc/>
    public override IEnumerable<SetItem<T>> Read(BadSamples faults, long skip)
    {
        if (PassedOver is { } others)
        {
            faults.AddFault(others);
        }

        return items.Skip(checked((int)skip));
    }

    /// <inheritdoc/>
    public override long Count() => items.Count;

    /// <inheritdoc/>
    protected override IEnumerable<string> Files() => files.Where(File.Exists);
}
