namespace PerceptionEncoder.Media.Images;

/// <summary>The reasons for which an image is refused: a short list, so that a run can count them.</summary>
internal static class ImageFaults
{
    /// <summary>The reason of a file whose end is missing.</summary>
    public const string Cut = "truncated image";

    public static ImageException Empty() => new("empty file", "0 bytes");

    public static ImageException NotAnImage(int length) => new("not an image", $"{length} bytes that begin like no known image format");

    public static ImageException Unsupported(string what) => new("unsupported image", what);

    public static ImageException Truncated(int length) => new(Cut, $"the data ends after {length} bytes");

    public static ImageException Damaged(string what) => new("damaged image", what);

    public static ImageException TooManyPasses(long passes, ImageHeader header)
        => new("too many passes", $"{passes} or more over {header.Width}x{header.Height} pixels, which only takes time");

    public static ImageException TooManyPixels(ImageHeader header, long limit)
        => new("too many pixels", $"{header.Width}x{header.Height} is above the limit of {limit}");
}
