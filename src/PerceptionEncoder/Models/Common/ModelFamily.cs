using System.Text.Json;
using PerceptionEncoder.Serialization.NameMaps;
using PerceptionEncoder.Serialization.Weights;

namespace PerceptionEncoder.Models.Common;

/// <summary>A kind of model: the layouts of names that it is published in, and how the shape of one is told from a weights file.</summary>
public abstract class ModelFamily
{
    /// <summary>Layouts that can be read and written, in the order in which a file is compared with them.</summary>
    public abstract IReadOnlyList<NameMap> Layouts { get; }

    /// <summary>
    /// Names that a model of the family can be written under, the family's own first; a layout of a part goes by the name of the whole.
    /// </summary>
    public abstract IReadOnlyList<string> LayoutNames { get; }

    /// <summary>The architecture of a file: by its metadata, else by names and shapes of its tensors.</summary>
    /// <param name="weights">Tensors under published names.</param>
    /// <exception cref="UserErrorException">Neither tells; says which.</exception>
    public ModelArchitecture Detect(TensorFile weights)
    {
        ArgumentNullException.ThrowIfNull(weights);
        var described = weights.Metadata.TryGetValue(ModelArchitecture.MetadataKey, out var json);
        try
        {
            var architecture = described ? Read(json!) : OfTensors(weights);
            return architecture.FindProblem() is not { } problem ? architecture
                : throw new UserErrorException(
                    $"{weights.Path}: the architecture that its {(described ? "metadata names" : "tensors make up")} cannot be: {problem}. "
                    + "Use a checkpoint from a source that you trust.");
        }
        catch (JsonException failure)
        {
            throw new UserErrorException(
                $"{weights.Path}: its architecture metadata cannot be read ({failure.Message}). "
                + "Use a checkpoint written by this version of pe.",
                failure);
        }
    }

    /// <summary>Reads what <see cref="ModelArchitecture.Write"/> wrote.</summary>
    /// <exception cref="JsonException">Not such JSON.</exception>
    public abstract ModelArchitecture Read(string json);

    /// <summary>The architecture that names and shapes of tensors make up.</summary>
    /// <exception cref="UserErrorException">They do not tell.</exception>
    protected abstract ModelArchitecture OfTensors(TensorFile weights);
}
