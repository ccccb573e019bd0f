namespace PerceptionEncoder.Media.Images;

/// <summary>The first picture of an animation, as a file of its own.</summary>
/// <param name="File">A still picture.</param>
/// <param name="Place">Where it lies on the canvas.</param>
internal readonly record struct FirstPicture(byte[] File, PixelBox Place);
