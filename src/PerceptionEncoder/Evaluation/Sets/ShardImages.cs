using PerceptionEncoder.Data.Items;
using PerceptionEncoder.Data.Shards;

namespace PerceptionEncoder.Evaluation.Sets;

/// <summary>Labelled images in CLIP-benchmark's webdataset layout.</summary>
/// <param name="set">Where they are.</param>
/// <param name="folder">Their shards.</param>
internal sealed class ShardImages(EvaluationSetOptions set, ClipBenchmarkFolder folder) : LabelledImages(set)
{
    /// <inheritdoc/>
    protected override int Border { get; } = NamedSet.BorderOf(set.Name);

    /// <summary>What the set is for, as its folder says.</summary>
    public string Type => folder.DatasetType;

    /// <summary>Images that may have several labels each.</summary>
    /// <param name="label">Reads them from the member <see cref="ClassLabels.Member"/>.</param>
    public OpenedSet<int[]> OpenedWithSeveral(Func<Sample, int[]> label)
        => Opened(ClassLabels.Member, new ShardItems<int[]>(folder.Shards, Members(ClassLabels.Member), label));

    /// <inheritdoc/>
    protected override SetItems<int> Items(string member, Func<Sample, int> label)
        => new ShardItems<int>(folder.Shards, Members(member), label);
}
