using PerceptionEncoder.Media.Images;

namespace PerceptionEncoder.Evaluation.Dense.Correspondence;

/// <summary>Distances along the camera's axis, measured with a picture.</summary>
/// <param name="Size">Of the map.</param>
/// <param name="Millimetres">Row by row; 0 where nothing was measured.</param>
internal sealed record ViewDepth(PictureSize Size, ushort[] Millimetres)
{
    private const double MillimetresPerMetre = 1000;

    /// <summary>Reads a 16-bit PNG of millimetres.</summary>
    /// <exception cref="UserErrorException">It is missing or no such file.</exception>
    public static ViewDepth Read(string path, long maximumPixels)
        => NamedImage.Read(path, file => NumberImage.Decode(file, maximumPixels)) is { Wide: true } image
            ? new ViewDepth(new PictureSize(image.Width, image.Height), image.Values)
            : throw new UserErrorException($"{path}: is no map of distances. Give a grey PNG of 16 bits, in millimetres.");

    /// <summary>Metres at a place; null where nothing was measured or the place is outside.</summary>
    public double? At(KeyPoint place)
        => place.X >= 0 && place.Y >= 0 && place.X < Size.Width && place.Y < Size.Height
            && Millimetres[((int)place.Y * Size.Width) + (int)place.X] is > 0 and var depth
            ? depth / MillimetresPerMetre
            : null;
}
