using PerceptionEncoder.Inference;
using static TorchSharp.torch;

namespace PerceptionEncoder.Evaluation.Harness;

// B batch · F frames · D embedding width
/// <summary>A model as evaluators see it: what makes features of pixels and texts.</summary>
/// <param name="Resolution">The model's input side in pixels.</param>
/// <param name="Images">uint8 [B, 3, H, W] on the CPU to [B, D], normalised or not, any device.</param>
/// <param name="Clips">uint8 [B, F, 3, H, W] on the CPU to the mean of the frames' features, at unit length or raw, [B, D], any
/// device.</param>
/// <param name="Texts">n captions to [n, D], normalised or not, on the device of the other features.</param>
internal sealed record FeatureEncoder(
    int Resolution,
    Func<Tensor, Tensor> Images,
    FeatureEncoder.ClipFeatures Clips,
    Func<IReadOnlyList<string>, Tensor> Texts)
{
    /// <summary>Features of clips.</summary>
    /// <param name="clips">uint8 [B, F, 3, H, W] on the CPU.</param>
    /// <param name="unitFrames">Scale each frame's feature to unit length before the mean.</param>
    /// <returns>[B, D], any device.</returns>
    public delegate Tensor ClipFeatures(Tensor clips, bool unitFrames);

    /// <summary>For a set that is only looked at: there is no model yet.</summary>
    public static FeatureEncoder None { get; } = new(1, NoModel, (clips, _) => NoModel(clips), NoModel);

    /// <summary>Of a CLIP model.</summary>
    public static FeatureEncoder Of(ClipEncoder encoder)
        => new(encoder.Resolution, encoder.EncodeImages, encoder.EncodeClips, encoder.EncodeTexts);

    private static Tensor NoModel<T>(T input) => throw new InvalidOperationException($"{input} cannot be encoded without a model");
}
