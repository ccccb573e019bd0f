using PerceptionEncoder.Media.Images;

namespace PerceptionEncoder.Tools.Frames;

/// <summary>Makes frames smaller for those who store or send them.</summary>
internal static class FramePicture
{
    /// <summary>A frame whose shorter side is no longer than a limit, proportions kept.</summary>
    /// <param name="frame">RGB, or of any mode where it is not made smaller.</param>
    /// <param name="shortSide">In pixels; null for no limit.</param>
    public static DecodedImage Limited(DecodedImage frame, int? shortSide)
    {
        var shorter = Math.Min(frame.Width, frame.Height);
        if (shortSide is not { } side || shorter <= side)
        {
            return frame;
        }

        var (height, width) = (Scaled(frame.Height), Scaled(frame.Width));
        return DecodedImage.OfPlanes(new ImageTransform(height, width).Apply(frame), height, width);

        int Scaled(int length) => (int)Math.Round(length * (double)side / shorter);
    }
}
