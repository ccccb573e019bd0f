using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using OpenCvSharp;

namespace PerceptionEncoder.Media.Images;

/// <summary>
/// Decodes JPEG, PNG, WebP, GIF and BMP with OpenCV, in the mode PIL would open the file in. CMYK comes as RGB, 16 bits a channel as the
/// upper 8, palettes as their colours. Safe to share between threads.
/// </summary>
public sealed partial class OpenCvImageDecoder : IImageDecoder
{
    // ImreadModes has no name for this flag of OpenCV 4.11 and later.
    private const ImreadModes Rgb = (ImreadModes)256 | ImreadModes.IgnoreOrientation;
    private const ImreadModes Grey = ImreadModes.Grayscale | ImreadModes.IgnoreOrientation;

    /// <summary>Loads the native library, so that a missing one shows before any data is read.</summary>
    /// <exception cref="UserErrorException">The library or one that it needs is missing.</exception>
    public OpenCvImageDecoder()
    {
        Load("OpenCvSharpExtern");
        Cv2.SetLogLevel(LogLevel.SILENT);
    }

    /// <inheritdoc/>
    public DecodedImage Decode(ReadOnlySpan<byte> file, long maximumPixels)
    {
        var header = ImageHeader.Read(file, maximumPixels);
        using var decoded = DecodeNative(
            FirstPicture.Of(file, header),
            header.HasAlpha ? ImreadModes.Unchanged : header.Channels == 1 ? Grey : Rgb);
        if (decoded.Width != header.Width || decoded.Height != header.Height)
        {
            throw ImageFaults.Damaged($"its header says {header.Width}x{header.Height}, its data could not be decoded to that size");
        }

        return header.HasAlpha ? WithAlpha(decoded, header) : Copy(decoded, header);
    }

    /// <summary>Loads a native library by name, with the reason in one line where that fails.</summary>
    internal static void Load(string library)
    {
        try
        {
            NativeLibrary.Load(library, typeof(Cv2).Assembly, null);
        }
        catch (Exception failure) when (failure is DllNotFoundException or BadImageFormatException)
        {
            // The loader lists every path that it tried; the useful line is the dependency that no path had.
            var missing = MissingDependency().Matches(failure.Message)
                .Select(match => match.Groups[1].Value)
                .FirstOrDefault(name => !name.Contains(library, StringComparison.Ordinal));
            throw new UserErrorException(
                $"The image library {library} could not be loaded: "
                + $"{(missing is null ? "it is missing or of another platform" : $"{missing} is missing")}. Run scripts/prerequisites.sh.",
                failure);
        }
    }

    private static Mat DecodeNative(ReadOnlySpan<byte> file, ImreadModes mode)
    {
        using var silence = NativeStandardError.Suppress();
        try
        {
            return Cv2.ImDecode(file, mode);
        }
        catch (OpenCVException failure)
        {
            throw ImageFaults.Damaged(failure.ErrMsg);
        }
    }

    private static DecodedImage Copy(Mat decoded, ImageHeader header)
    {
        var pixels = GC.AllocateUninitializedArray<byte>(header.Width * header.Height * header.Channels);
        var row = header.Width * header.Channels;
        for (var y = 0; y < header.Height; y++)
        {
            Marshal.Copy(decoded.Ptr(y), pixels, y * row, row);
        }

        if (header.Cmyk)
        {
            Darken(pixels);
        }

        return new DecodedImage(header.Width, header.Height, header.Channels, pixels, header.Indexed);
    }

    /// <summary>
    /// OpenCV divides by 256 where PIL divides by 255 and rounds, so its RGB of an image in CMYK is one too bright almost everywhere. White
    /// and black are exact.
    /// </summary>
    private static void Darken(Span<byte> pixels)
    {
        foreach (ref var value in pixels)
        {
            value -= value is 0 or 255 ? (byte)0 : (byte)1;
        }
    }

    /// <summary>From OpenCV's blue, green, red, alpha of 8 or 16 bits to grey and alpha or RGB and alpha of 8.</summary>
    private static unsafe DecodedImage WithAlpha(Mat decoded, ImageHeader header)
    {
        var stored = decoded.Channels();
        var bytes = decoded.ElemSize1();
        if (stored is not (3 or 4) || bytes > 2)
        {
            throw ImageFaults.Unsupported($"{stored} channels of {8 * bytes} bits");
        }

        var pixels = GC.AllocateUninitializedArray<byte>(header.Width * header.Height * header.Channels);
        var at = 0;
        for (var y = 0; y < header.Height; y++)
        {
            // Little-endian: the upper byte of a 16-bit value is the second.
            var source = (byte*)decoded.Ptr(y) + bytes - 1;
            for (var x = 0; x < header.Width; x++, source += stored * bytes)
            {
                pixels[at++] = source[2 * bytes];
                if (header.Channels == 4)
                {
                    pixels[at++] = source[bytes];
                    pixels[at++] = source[0];
                }

                pixels[at++] = stored == 4 ? source[3 * bytes] : byte.MaxValue;
            }
        }

        return new DecodedImage(header.Width, header.Height, header.Channels, pixels, header.Indexed);
    }

    [GeneratedRegex(@"(lib[\w.+-]+\.so[\w.]*): cannot open shared object file")]
    private static partial Regex MissingDependency();
}
