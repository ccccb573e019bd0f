using System.Globalization;

namespace PerceptionEncoder.Tests.Presentation;

/// <summary>A culture that writes 1.5 as 1,5, until it is disposed of. Built here: invariant globalization has no real ones.</summary>
internal sealed class DecimalCommas : IDisposable
{
    private readonly CultureInfo before = CultureInfo.CurrentCulture;

    private DecimalCommas()
    {
        var culture = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        (culture.NumberFormat.NumberDecimalSeparator, culture.NumberFormat.NegativeSign) = (",", "minus");
        CultureInfo.CurrentCulture = culture;
    }

    public static IDisposable Everywhere() => new DecimalCommas();

    public void Dispose() => CultureInfo.CurrentCulture = before;
}
