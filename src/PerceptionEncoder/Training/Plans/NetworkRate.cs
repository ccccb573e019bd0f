using System.Globalization;
using System.Text.RegularExpressions;

namespace PerceptionEncoder.Training.Plans;

/// <summary>What a network carries in a second, as people write it: <c>400Gbps</c> in bits, <c>50GB/s</c> in bytes.</summary>
public static partial class NetworkRate
{
    private const double BitsOfByte = 8;

    /// <summary>Bytes a second.</summary>
    /// <param name="text">A number with its unit.</param>
    /// <exception cref="UserErrorException">It is none.</exception>
    public static double Parse(string text)
    {
        var match = Rate().Match(text);
        if (!match.Success
            || !double.TryParse(match.Groups["number"].Value, CultureInfo.InvariantCulture, out var number)
            || number <= 0)
        {
            throw new UserErrorException(
                $"--network {text}: is no rate. Give bits or bytes a second of one rank, such as 400Gbps or 50GB/s.");
        }

        var scale = match.Groups["scale"].Value switch { "M" => 1e6, "G" => 1e9, _ => 1e12 };
        return number * scale / (match.Groups["unit"].Value == "B/s" ? 1 : BitsOfByte);
    }

    /// <summary>As <see cref="Parse"/> takes it.</summary>
    public static string Describe(double bytesPerSecond)
        => string.Create(CultureInfo.InvariantCulture, $"{bytesPerSecond * BitsOfByte / 1e9:0.###}Gbps");

    [GeneratedRegex(@"\A(?<number>[0-9]{1,6}(\.[0-9]{1,6})?) ?(?<scale>[MGT])(?<unit>B/s|bps|b/s|bit/s)\z", RegexOptions.CultureInvariant)]
    private static partial Regex Rate();
}
