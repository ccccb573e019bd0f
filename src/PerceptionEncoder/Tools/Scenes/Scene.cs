using PerceptionEncoder.Media.Images;

namespace PerceptionEncoder.Tools.Scenes;

/// <summary>One picture of a scene.</summary>
/// <param name="Description">What it shows.</param>
/// <param name="Image">Square RGB picture.</param>
/// <param name="Caption">One of the description's captions, drawn with the picture.</param>
public sealed record Scene(SceneDescription Description, DecodedImage Image, string Caption);
