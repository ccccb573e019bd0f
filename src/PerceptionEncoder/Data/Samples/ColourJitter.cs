using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace PerceptionEncoder.Data.Samples;

/// <summary>
/// PIL's <c>ImageEnhance</c> on 8-bit RGB planes: a blend with a degenerate image in single precision, truncated and clipped.
/// </summary>
internal static class ColourJitter
{
    private const int Lanes = 8;

    // ITU-R 601-2 luma in 16 fractional bits, as PIL's conversion to L.
    private const int ShareBits = 16;
    private const int RedShare = 19595;
    private const int GreenShare = 38470;
    private const int BlueShare = 7471;
    private const int Half = 1 << (ShareBits - 1);

    /// <summary>Blends with black.</summary>
    /// <param name="planes">[3, pixels], changed in place.</param>
    /// <param name="factor">0 black, 1 unchanged, above 1 brighter.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)] // compiled for this processor from the first call on
    public static void Brightness(Span<byte> planes, float factor)
    {
        if (factor == 1)
        {
            return;
        }

        var i = 0;
        for (; i + Lanes <= planes.Length; i += Lanes)
        {
            Store(Blend(Vector256<int>.Zero, Load(planes, i), factor), planes, i);
        }

        for (; i < planes.Length; i++)
        {
            planes[i] = Blend(0, planes[i], factor);
        }
    }

    /// <summary>Blends with the grey image.</summary>
    /// <param name="planes">[3, pixels], changed in place.</param>
    /// <param name="factor">0 grey, 1 unchanged, above 1 more colourful.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Saturation(Span<byte> planes, float factor)
    {
        if (factor == 1)
        {
            return;
        }

        var plane = planes.Length / 3;
        var red = planes[..plane];
        var green = planes.Slice(plane, plane);
        var blue = planes.Slice(2 * plane, plane);
        var i = 0;
        for (; i + Lanes <= plane; i += Lanes)
        {
            var (r, g, b) = (Load(red, i), Load(green, i), Load(blue, i));
            var grey = ((r * RedShare) + (g * GreenShare) + (b * BlueShare) + Vector256.Create(Half)) >> ShareBits;
            Store(Blend(grey, r, factor), red, i);
            Store(Blend(grey, g, factor), green, i);
            Store(Blend(grey, b, factor), blue, i);
        }

        for (; i < plane; i++)
        {
            var grey = Grey(red[i], green[i], blue[i]);
            red[i] = Blend(grey, red[i], factor);
            green[i] = Blend(grey, green[i], factor);
            blue[i] = Blend(grey, blue[i], factor);
        }
    }

    /// <summary>Blends with the image's mean grey, rounded to a whole number.</summary>
    /// <param name="planes">[3, pixels], changed in place.</param>
    /// <param name="factor">0 all one grey, 1 unchanged, above 1 more contrast.</param>
    public static void Contrast(Span<byte> planes, float factor)
    {
        if (factor == 1)
        {
            return;
        }

        var plane = planes.Length / 3;
        long sum = 0;
        for (var i = 0; i < plane; i++)
        {
            sum += Grey(planes[i], planes[plane + i], planes[(2 * plane) + i]);
        }

        var mean = (int)(((double)sum / plane) + 0.5);
        for (var i = 0; i < planes.Length; i++)
        {
            planes[i] = Blend(mean, planes[i], factor);
        }
    }

    /// <summary>Turns the hue, by way of PIL's 8-bit HSV, in which it has 255 steps and wraps at 256 as torchvision lets it.</summary>
    /// <param name="planes">[3, pixels], changed in place.</param>
    /// <param name="turn">Share of the colour circle, from -0.5 to 0.5; 0 leaves the image as it is, without the rounding of HSV.</param>
    public static void Hue(Span<byte> planes, double turn)
    {
        if (turn == 0)
        {
            return;
        }

        var (plane, steps) = (planes.Length / 3, (int)(turn * 255));
        for (var i = 0; i < plane; i++)
        {
            var (hue, saturation, value) = ToHsv(planes[i], planes[plane + i], planes[(2 * plane) + i]);
            (planes[i], planes[plane + i], planes[(2 * plane) + i]) = ToRgb(unchecked((byte)(hue + steps)), saturation, value);
        }
    }

    // Both conversions mix single and double precision where PIL does, so that they round alike.
    private static (byte Hue, byte Saturation, byte Value) ToHsv(byte red, byte green, byte blue)
    {
        var (most, least) = (Math.Max(red, Math.Max(green, blue)), Math.Min(red, Math.Min(green, blue)));
        if (most == least)
        {
            return (0, 0, most);
        }

        float range = most - least;
        var (r, g, b) = ((most - red) / range, (most - green) / range, (most - blue) / range);
        var sixths = red == most ? b - g : green == most ? (float)(2.0 + r - b) : (float)(4.0 + g - r);
        var hue = (float)(((sixths / 6.0) + 1.0) % 1.0);
        return ((byte)(hue * 255.0), (byte)(range / most * 255.0), most);
    }

    private static (byte Red, byte Green, byte Blue) ToRgb(byte hue, byte saturation, byte value)
    {
        if (saturation == 0)
        {
            return (value, value, value);
        }

        var sixths = hue * 6.0 / 255.0;
        var sector = (int)sixths;
        var (within, share) = ((float)(sixths - sector), (float)(saturation / 255.0));
        var none = Rounded(value * (1.0 - share));
        var falling = Rounded(value * (1.0 - (share * within)));
        var rising = Rounded(value * (1.0 - (share * (1.0 - within))));
        return (sector % 6) switch
        {
            0 => (value, rising, none),
            1 => (falling, value, none),
            2 => (none, value, rising),
            3 => (none, falling, value),
            4 => (rising, none, value),
            _ => (value, none, falling),
        };
    }

    private static byte Rounded(double value) => (byte)Math.Clamp((int)Math.Round(value, MidpointRounding.AwayFromZero), 0, 255);

    private static int Grey(byte red, byte green, byte blue)
        => ((red * RedShare) + (green * GreenShare) + (blue * BlueShare) + Half) >> ShareBits;

    private static byte Blend(int from, int to, float factor) => (byte)Math.Clamp((int)(from + (factor * (to - from))), 0, 255);

    private static Vector256<int> Blend(Vector256<int> from, Vector256<int> to, float factor)
        => Vector256.Clamp(
            Vector256.ConvertToInt32(Vector256.ConvertToSingle(from) + (Vector256.ConvertToSingle(to - from) * factor)),
            Vector256<int>.Zero,
            Vector256.Create(255));

    private static Vector256<int> Load(ReadOnlySpan<byte> plane, int at)
    {
        var values = Vector128.WidenLower(Vector128.CreateScalarUnsafe(BitConverter.ToUInt64(plane[at..])).AsByte());
        return Vector256.WidenLower(values.ToVector256Unsafe()).AsInt32();
    }

    private static void Store(Vector256<int> values, Span<byte> plane, int at)
    {
        var words = Vector128.Narrow(values.GetLower(), values.GetUpper()).AsUInt16();
        BitConverter.TryWriteBytes(plane[at..], Vector128.Narrow(words, words).AsUInt64()[0]);
    }
}
