namespace PerceptionEncoder.Media;

/// <summary>An image in its own mode, before any resize or conversion to RGB.</summary>
/// <param name="Width">Pixels.</param>
/// <param name="Height">Pixels.</param>
/// <param name="Channels">1 grey, 2 grey and alpha, 3 RGB, 4 RGB and alpha.</param>
/// <param name="Pixels">[height, width, channels], 8 bits a channel.</param>
/// <param name="Indexed">The file stores palette indices or single bits: published code resizes these with nearest neighbour.</param>
public sealed record DecodedImage(int Width, int Height, int Channels, byte[] Pixels, bool Indexed);
