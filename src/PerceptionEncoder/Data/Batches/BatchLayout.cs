using static TorchSharp.torch;

namespace PerceptionEncoder.Data.Batches;

/// <summary>
/// What a batch is made of. A task has one layout, one <see cref="SampleDecoder"/> that fills it and one view that its objective reads it
/// by.
/// </summary>
/// <param name="Fields">In the order of <see cref="Batch.Tensors"/>.</param>
public sealed record BatchLayout(params IReadOnlyList<BatchField> Fields)
{
    /// <summary>Where a field stands among all.</summary>
    /// <exception cref="ArgumentException">There is none of that name.</exception>
    public int IndexOf(string name)
    {
        for (var i = 0; i < Fields.Count; i++)
        {
            if (Fields[i].Name == name)
            {
                return i;
            }
        }

        throw new ArgumentException($"No field {name} among {string.Join(", ", Fields.Select(field => field.Name))}.", nameof(name));
    }

    /// <summary>Tensors of a batch, with arbitrary contents, in no dispose scope.</summary>
    internal Tensor[] Allocate(int batch, Device device, bool pinned) => [.. Fields.Select(field =>
    {
        using var scope = NewDisposeScope();
        var tensor = empty([batch, .. field.Shape], field.Type, device);
        return (pinned ? tensor.pin_memory() : tensor).DetachFromDisposeScope();
    })];
}
