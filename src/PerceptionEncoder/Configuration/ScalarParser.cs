using System.Globalization;
using System.Numerics;
using System.Reflection;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;

namespace PerceptionEncoder.Configuration;

/// <summary>The text of a scalar -> text, truth value, number or enum member.</summary>
/// <remarks>
/// Numbers take <c>_</c> between digits and the suffixes k, M and B (10^3, 10^6, 10^9); <c>2e3</c> and <c>1.5k</c> are integers because
/// they are exact; <c>1/16</c>, <c>.inf</c> and <c>.nan</c> are floating-point numbers.
/// </remarks>
internal static partial class ScalarParser
{
    /// <summary>A JSON schema pattern of every number that a YAML reader gives an editor as text.</summary>
    public const string NumberPattern = @"[+-]?([0-9][0-9_]*(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,4}|[kMB])?";

    private const int LongestNumber = 64;
    private const int LargestExponent = 30;

    public static bool IsSupported(Type type)
        => type.IsEnum || type == typeof(string) || type == typeof(bool) || type == typeof(double) || IsInteger(type);

    public static bool IsInteger(Type type) => type == typeof(int) || type == typeof(long) || type == typeof(ulong);

    /// <summary>What a scalar of this type must be, for an error message.</summary>
    public static string Expectation(Type type) => type switch
    {
        { IsEnum: true } => $"one of {string.Join(", ", EnumNames(type).Select(member => member.Name))}",
        _ when type == typeof(string) => "text",
        _ when type == typeof(bool) => "true or false",
        _ when type == typeof(ulong) => "an integer of at least 0",
        _ when IsInteger(type) => "an integer",
        _ => "a number",
    };

    /// <summary>The value, or null when the scalar is not of the type.</summary>
    public static object? Parse(Type type, ConfigScalar scalar) => type switch
    {
        _ when type == typeof(string) => scalar is { IsNull: true, IsExpanded: false } ? null : scalar.Text,
        { IsEnum: true } => ParseEnum(type, scalar.Text),
        _ when !scalar.IsPlain => null,
        _ when type == typeof(bool)
            => scalar.Text switch { "true" or "True" or "TRUE" => true, "false" or "False" or "FALSE" => false, _ => null },
        _ when type == typeof(double) => ParseDouble(scalar.Text),
        _ => ParseInteger(type, scalar.Text),
    };

    /// <summary>Members of an enum and the names they have in a config.</summary>
    public static IReadOnlyList<(string Name, object Value)> EnumNames(Type type) =>
        [.. type.GetFields(BindingFlags.Public | BindingFlags.Static).Select(field =>
            (field.GetCustomAttribute<JsonStringEnumMemberNameAttribute>()?.Name ?? SnakeCase.Of(field.Name), field.GetValue(null)!))];

    /// <summary><c>adamw</c> and <c>adam_w</c> are the same name.</summary>
    private static object? ParseEnum(Type type, string text) =>
        EnumNames(type).FirstOrDefault(member => member.Name == text || member.Name.Replace("_", "") == text).Value;

    private static object? ParseInteger(Type type, string text)
    {
        if (Normalize(text) is not var (mantissa, exponent))
        {
            return null;
        }

        int point = mantissa.IndexOf('.');
        if (point >= 0)
        {
            exponent -= mantissa.Length - point - 1;
            mantissa = mantissa.Remove(point, 1);
        }

        var value = BigInteger.Parse(mantissa, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        if (value.IsZero)
        {
            exponent = 0;
        }

        if (exponent > LargestExponent)
        {
            return null;
        }

        for (; exponent < 0; exponent++)
        {
            (value, var rest) = BigInteger.DivRem(value, 10);
            if (!rest.IsZero)
            {
                return null;
            }
        }

        value *= BigInteger.Pow(10, exponent);
        return type switch
        {
            _ when type == typeof(int) => value >= int.MinValue && value <= int.MaxValue ? (int)value : null,
            _ when type == typeof(long) => value >= long.MinValue && value <= long.MaxValue ? (long)value : null,
            _ => value >= ulong.MinValue && value <= ulong.MaxValue ? (ulong)value : null,
        };
    }

    private static double? ParseDouble(string text)
    {
        switch (text)
        {
            case ".inf" or "+.inf":
                return double.PositiveInfinity;
            case "-.inf":
                return double.NegativeInfinity;
            case ".nan":
                return double.NaN;
        }

        int slash = text.IndexOf('/');
        if (slash < 0)
        {
            return ParseFinite(text);
        }

        return ParseFinite(text[..slash].TrimEnd()) is { } above
            && ParseFinite(text[(slash + 1)..].TrimStart()) is { } below and not 0
            && double.IsFinite(above / below)
            ? above / below
            : null;
    }

    private static double? ParseFinite(string text) =>
        Normalize(text) is var (mantissa, exponent)
        && double.Parse($"{mantissa}e{exponent}", NumberStyles.Float, CultureInfo.InvariantCulture) is var value && double.IsFinite(value)
            ? value
            : null;

    /// <summary>Any spelling of a decimal number -> digits with an optional sign and point, and a power of ten.</summary>
    private static (string Mantissa, int Exponent)? Normalize(string text)
    {
        if (text.Length > LongestNumber || DecimalNumber().Match(text) is not { Success: true } match)
        {
            return null;
        }

        int exponent = match.Groups["suffix"].Value switch { "k" => 3, "M" => 6, "B" => 9, _ => 0 };
        if (match.Groups["exponent"] is { Success: true } written)
        {
            exponent = int.Parse(written.Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        }

        return (match.Groups["mantissa"].Value.Replace("_", ""), exponent);
    }

    [GeneratedRegex(
        @"\A(?<mantissa>[+-]?([0-9][0-9_]*(\.[0-9]*)?|\.[0-9]+))([eE](?<exponent>[+-]?[0-9]{1,4})|(?<suffix>[kMB]))?\z",
        RegexOptions.CultureInvariant)]
    private static partial Regex DecimalNumber();
}
