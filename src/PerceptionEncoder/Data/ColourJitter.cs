using System.Runtime.Intrinsics;

namespace PerceptionEncoder.Data;

/// <summary>PIL's <c>ImageEnhance</c> on 8-bit RGB planes: a blend with a degenerate image in single precision, truncated and clipped.</summary>
internal static class ColourJitter
{
    private const int Lanes = 8;

    /// <summary>Blends with black.</summary>
    /// <param name="planes">[3, pixels], changed in place.</param>
    /// <param name="factor">0 black, 1 unchanged, above 1 brighter.</param>
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
            // ITU-R 601-2 luma in 16 fractional bits, as PIL's conversion to L.
            var grey = ((r * 19595) + (g * 38470) + (b * 7471) + Vector256.Create(0x8000)) >> 16;
            Store(Blend(grey, r, factor), red, i);
            Store(Blend(grey, g, factor), green, i);
            Store(Blend(grey, b, factor), blue, i);
        }

        for (; i < plane; i++)
        {
            var grey = ((red[i] * 19595) + (green[i] * 38470) + (blue[i] * 7471) + 0x8000) >> 16;
            red[i] = Blend(grey, red[i], factor);
            green[i] = Blend(grey, green[i], factor);
            blue[i] = Blend(grey, blue[i], factor);
        }
    }

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
