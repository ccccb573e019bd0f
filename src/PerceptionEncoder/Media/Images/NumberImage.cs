using SixLabors.ImageSharp.Formats.Png;
using SixLabors.ImageSharp.PixelFormats;

namespace PerceptionEncoder.Media.Images;

/// <summary>A picture whose pixels are numbers and not colours: the classes of a mask, the depths of a scene.</summary>
/// <param name="Width">Pixels.</param>
/// <param name="Height">Pixels.</param>
/// <param name="Values">[height, width].</param>
/// <param name="Wide">Stored in 16 bits.</param>
internal sealed record NumberImage(int Width, int Height, ushort[] Values, bool Wide)
{
    private static readonly PngDecoder Png = new() { IgnoreMetadata = true };

    /// <summary>Reads a PNG: indices, whatever the colours of its palette, or grey of 8 or 16 bits.</summary>
    /// <remarks>Grey of fewer bits comes spread over 8, as PIL opens it.</remarks>
    /// <exception cref="ImageException">No PNG, of colours, damaged, or more pixels than the limit.</exception>
    public static NumberImage Decode(ReadOnlySpan<byte> file, long maximumPixels)
    {
        var header = ImageHeader.Read(file, maximumPixels);
        return !file.StartsWith(PngFile.Signature) ? throw ImageFaults.Unsupported("numbers are stored as PNG, and this is none")
            : (header.Channels, header.Indexed, header.Wide) switch
            {
                (1, _, true) => Decode<L16>(file, header, pixel => pixel.PackedValue),
                (1, _, false) => Decode<L8>(file, header, pixel => pixel.PackedValue),
                (3, true, _) => Decode<Rgb24>(file, header, pixel => pixel.R),          // its palette is made grey: entry i is i
                _ => throw ImageFaults.Unsupported($"{header.Channels} channels, where there should be one of numbers"),
            };
    }

    private static NumberImage Decode<TPixel>(ReadOnlySpan<byte> file, ImageHeader header, Func<TPixel, ushort> number)
        where TPixel : unmanaged, IPixel<TPixel>
    {
        var values = new ushort[header.Width * header.Height];
        foreach (var (picture, pass) in PngFile.DefaultPicture(file, greyPalette: true))
        {
            using var part = ImageSharpDecoder.Load<TPixel>(picture, Png);
            part.ProcessPixelRows(rows =>
            {
                for (var y = 0; y < rows.Height; y++)
                {
                    var row = rows.GetRowSpan(y);
                    var start = ((pass.Y + (y * pass.StepY)) * header.Width) + pass.X;
                    for (var x = 0; x < row.Length; x++)
                    {
                        values[start + (x * pass.StepX)] = number(row[x]);
                    }
                }
            });
        }

        return new NumberImage(header.Width, header.Height, values, header.Wide);
    }
}
