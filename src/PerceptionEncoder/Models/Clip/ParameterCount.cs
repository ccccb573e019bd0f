namespace PerceptionEncoder.Models.Clip;

/// <summary>Trainable numbers of a model, from its options alone: nothing is allocated and no native library is loaded.</summary>
public static class ParameterCount
{
    /// <summary>Both towers and the logit scale.</summary>
    public static long Clip(ClipOptions options) => Sum(ModelArchitecture.Of(options).Tensors());

    /// <summary>The vision tower.</summary>
    public static long Vision(VisionOptions options) => Sum(StateDict.Vision(options));

    /// <summary>The text tower.</summary>
    public static long Text(TextOptions options) => Sum(StateDict.Text(options));

    private static long Sum(IEnumerable<(string Name, long[] Shape)> tensors) => tensors.Sum(tensor => tensor.Shape.Aggregate(1L, (product, side) => product * side));
}
