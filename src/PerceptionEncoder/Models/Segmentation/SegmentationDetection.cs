using PerceptionEncoder.Serialization.Weights;

namespace PerceptionEncoder.Models.Segmentation;

/// <summary>Finds out which published size a weights file holds: windows and heads, which no tensor shows, are that size's.</summary>
internal static class SegmentationDetection
{
    /// <param name="weights">Tensors under published names.</param>
    /// <exception cref="UserErrorException">They are of no published size; says what they are.</exception>
    public static SegmentationOptions Of(TensorFile weights)
    {
        var (width, blocks) = (Side(weights, SegmentationTensors.Patches, 0), 0);
        var begins = new List<int> { 0 };
        while (weights.Entries.ContainsKey(Block(blocks, "norm1.weight")))
        {
            if (weights.Entries.ContainsKey(Block(blocks, "proj.weight")))
            {
                begins.Add(blocks);
            }

            blocks++;
        }

        var stages = begins.Skip(1).Append(blocks).Zip(begins, (end, start) => end - start).ToArray();
        return SegmentationPresets.Names.Select(SegmentationPresets.Find)
            .FirstOrDefault(preset => preset.Width == width && preset.Stages.SequenceEqual(stages))
            ?? throw new UserErrorException($"{weights.Path}: its metadata names no architecture, and a trunk {width} wide of "
                + $"{string.Join(" + ", stages)} blocks is of no published size ({string.Join(", ", SegmentationPresets.Names)}), so that "
                + "its heads and windows are not known. Use a published checkpoint, or a safetensors file written by pe.");
    }

    private static string Block(int index, string name) => $"{SegmentationTensors.Trunk}blocks.{index}.{name}";

    private static long Side(TensorFile weights, string name, int dimension)
        => weights.Entries.TryGetValue(name, out var entry) && entry.Shape.Count > dimension ? entry.Shape[dimension] : 0;
}
