using PerceptionEncoder.Models;
using PerceptionEncoder.Serialization.NameMaps;
using PerceptionEncoder.Serialization.Weights;

namespace PerceptionEncoder.Tools.Checkpoints;

/// <summary>What a weights file holds, from its head alone.</summary>
/// <param name="Path">The file.</param>
/// <param name="FileBytes">Its size; of an index, that of its shards' tensors.</param>
/// <param name="Layout">Whose layout it is, or null.</param>
/// <param name="Model">The published model of its shape or a description of the architecture, or null.</param>
/// <param name="Origin">
/// The entry or the prefix in the file that the model is read from, and what was chosen; null where the file is nothing else.
/// </param>
/// <param name="Parameters">Numbers in all tensors.</param>
/// <param name="Problems">Why it could not be loaded; empty where it can.</param>
/// <param name="Metadata">Text beside the tensors.</param>
/// <param name="Tensors">In the file's order, under the file's names.</param>
public sealed record CheckpointInspection(
    string Path,
    long FileBytes,
    string? Layout,
    string? Model,
    string? Origin,
    long Parameters,
    IReadOnlyList<string> Problems,
    IReadOnlyDictionary<string, string> Metadata,
    IReadOnlyList<InspectedTensor> Tensors)
{
    /// <summary>Looks into a file; one that is no Perception Encoder is described all the same.</summary>
    /// <param name="path">As <see cref="ModelWeights.Open"/> takes it.</param>
    /// <exception cref="UserErrorException">The file is missing or damaged.</exception>
    public static CheckpointInspection Of(string path)
    {
        var found = WeightsLocation.Find(path);
        using var file = TensorFile.Open(found);
        InspectedTensor[] tensors = [.. file.Entries.Values.Select(
            entry => new InspectedTensor(entry.Name, entry.Shape, entry.DType.ToString().ToLowerInvariant(), entry.Bytes))];
        var inspection = new CheckpointInspection(
            found,
            file is ShardedTensorFile ? tensors.Sum(tensor => tensor.Bytes) : new FileInfo(found).Length,
            null,
            null,
            file.Origin,
            tensors.Sum(tensor => tensor.Numbers),
            [],
            file.Metadata,
            tensors);
        try
        {
            var published = PublishedTensorFile.Of(file, ModelFamilies.Layouts);
            return Recognize(
                inspection with { Layout = $"{published.Layout.Name} ({published.Layout.Description})", Origin = published.Origin },
                published);
        }
        catch (UserErrorException unknown)
        {
            return inspection with { Problems = [unknown.Message] };
        }
    }

    private static CheckpointInspection Recognize(CheckpointInspection inspection, PublishedTensorFile published)
    {
        try
        {
            var checkpoint = ModelWeights.Of(published);
            inspection = inspection with { Model = checkpoint.Architecture.Describe() };
            checkpoint.CheckTensors();
            return inspection;
        }
        catch (UserErrorException problem)
        {
            return inspection with { Problems = [problem.Message] };
        }
    }
}
