using System.Globalization;

namespace PerceptionEncoder.Training.Plans;

/// <summary>Amounts of a plan as people read them.</summary>
internal static class PlanText
{
    public static string Work(double flops) => flops switch
    {
        < 1e16 => Invariant($"{flops / 1e15:0.###} PFLOP"),
        < 1e21 => Invariant($"{flops / 1e18:0.##} EFLOP"),
        _ => Invariant($"{flops / 1e18:N0} EFLOP"),
    };

    public static string Count(double samples) => samples switch
    {
        >= 1e9 => Invariant($"{samples / 1e9:0.##}B"),
        >= 1e6 => Invariant($"{samples / 1e6:0.##}M"),
        _ => Invariant($"{samples / 1e3:0.#}k"),
    };

    public static string Duration(double seconds) => seconds switch
    {
        < 90 => Invariant($"{seconds:0} s"),
        < 5400 => Invariant($"{seconds / 60:0} min"),
        < 172_800 => Invariant($"{seconds / 3600:0.#} h"),
        _ => Invariant($"{seconds / 86_400:N0} days"),
    };

    /// <summary>In powers of 1000.</summary>
    public static string Bytes(double bytes) => bytes switch
    {
        < 1e6 => Invariant($"{bytes / 1e3:0.#} kB"),
        < 1e9 => Invariant($"{bytes / 1e6:0} MB"),
        < 1e11 => Invariant($"{bytes / 1e9:0.0} GB"),
        _ => Invariant($"{bytes / 1e9:N0} GB"),
    };

    /// <summary>Of a step.</summary>
    public static string Seconds(double seconds) => seconds switch
    {
        < 0.9995 => Invariant($"{seconds * 1e3:0} ms"),
        < 100 => Invariant($"{seconds:0.00} s"),
        _ => Invariant($"{seconds:N0} s"),
    };

    public static string Money(double amount) => amount < 100 ? Invariant($"{amount:0.00}") : Invariant($"{amount:N0}");

    public static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
