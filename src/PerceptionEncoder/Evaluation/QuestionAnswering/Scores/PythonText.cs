using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using PerceptionEncoder.Tokenization;

namespace PerceptionEncoder.Evaluation.QuestionAnswering.Scores;

/// <summary>
/// Text as Python's <c>str</c> treats it: the published scores are defined by Python code, and answers hold spaces and digits on which
/// .NET decides otherwise.
/// </summary>
internal static partial class PythonText
{
    private const string Spaces =
        "\t\n\v\f\r\u001c\u001d\u001e\u001f \u0085\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
        + "\u2028\u2029\u202f\u205f\u3000";

    /// <summary>Without spaces around.</summary>
    public static string Strip(string text) => text.Trim(Spaces.ToCharArray());

    /// <summary>In lower case, one character to several where Unicode says so.</summary>
    public static string Lower(string text) => FullLowerCase.Apply(text);

    /// <summary>The words between spaces, without empty ones.</summary>
    public static string[] Words(string text) => text.Split(Spaces.ToCharArray(), StringSplitOptions.RemoveEmptyEntries);

    /// <summary>The characters, as code points.</summary>
    public static int[] Characters(string text) => [.. text.EnumerateRunes().Select(rune => rune.Value)];

    /// <summary>How many characters a text has in upper case.</summary>
    public static int UpperLength(string text) => text.EnumerateRunes().Sum(rune => UpperLength(rune.Value));

    /// <summary>Whether a character is a letter.</summary>
    public static bool IsLetter(Rune rune) => Rune.GetUnicodeCategory(rune) <= UnicodeCategory.OtherLetter;

    /// <summary>
    /// The number that a text is for Python's <c>float</c>: spaces around it, <c>1e3</c>, <c>1_000</c>, <c>inf</c>, <c>nan</c> and digits
    /// of other scripts are read; commas and currency signs are not.
    /// </summary>
    /// <returns>Null where it is none.</returns>
    public static double? Number(string text)
    {
        var plain = string.Concat(Strip(text).EnumerateRunes().Select(rune
            => Rune.GetUnicodeCategory(rune) == UnicodeCategory.DecimalDigitNumber
                ? ((int)Rune.GetNumericValue(rune)).ToString(CultureInfo.InvariantCulture)
                : rune.ToString()));
        if (NamedNumber().Match(plain) is { Success: true } named)
        {
            var value = named.Groups["nan"].Success ? double.NaN : double.PositiveInfinity;
            return plain[0] == '-' ? -value : value;
        }

        return DecimalNumber().IsMatch(plain)
            ? double.Parse(plain.Replace("_", "", StringComparison.Ordinal), NumberStyles.Float, CultureInfo.InvariantCulture)
            : null;
    }

    // Unicode's special casing: the characters that become two or three in upper case.
    private static int UpperLength(int character) => character switch
    {
        < 0xdf => 1,
        0x390 or 0x3b0 or 0x1f52 or 0x1f54 or 0x1f56 or 0x1fb7 or 0x1fc7 or 0x1fd2 or 0x1fd3 or 0x1fd7 or 0x1fe2 or 0x1fe3 or 0x1fe7
            or 0x1ff7 or 0xfb03 or 0xfb04 => 3,
        0xdf or 0x149 or 0x1f0 or 0x587 or (>= 0x1e96 and <= 0x1e9a) or 0x1f50 or (>= 0x1f80 and <= 0x1faf) => 2,
        (>= 0x1fb2 and <= 0x1fb4) or 0x1fb6 or 0x1fbc or (>= 0x1fc2 and <= 0x1fc4) or 0x1fc6 or 0x1fcc or 0x1fd6 => 2,
        0x1fe4 or 0x1fe6 or (>= 0x1ff2 and <= 0x1ff4) or 0x1ff6 or 0x1ffc => 2,
        (>= 0xfb00 and <= 0xfb02) or 0xfb05 or 0xfb06 or (>= 0xfb13 and <= 0xfb17) => 2,
        _ => 1,
    };

    [GeneratedRegex(@"\A[+-]?(?:(?<nan>nan)|inf(?:inity)?)\z", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex NamedNumber();

    [GeneratedRegex(
        @"\A[+-]?(?:[0-9](?:_?[0-9])*(?:\.(?:[0-9](?:_?[0-9])*)?)?|\.[0-9](?:_?[0-9])*)(?:[eE][+-]?[0-9](?:_?[0-9])*)?\z",
        RegexOptions.CultureInvariant)]
    private static partial Regex DecimalNumber();
}
