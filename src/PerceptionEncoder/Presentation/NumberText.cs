using static System.FormattableString;

namespace PerceptionEncoder.Presentation;

/// <summary>Numbers as people read them, the same in every culture.</summary>
internal static class NumberText
{
    private static readonly string[] Units = ["B", "kB", "MB", "GB", "TB"];

    /// <summary>Two to four digits: 0.0012, 2.35, 12k, 1.5M; 2e-6 where it is shorter.</summary>
    public static string Short(double value) => Math.Abs(value) switch
    {
        0 => "0",
        >= 1e9 => Invariant($"{value / 1e9:0.##}B"),
        >= 1e6 => Invariant($"{value / 1e6:0.##}M"),
        >= 1e4 => Invariant($"{value / 1e3:0.#}k"),
        >= 100 => Invariant($"{value:0}"),
        >= 10 => Invariant($"{value:0.#}"),
        >= 1 => Invariant($"{value:0.##}"),
        >= 1e-4 => Invariant($"{value:0.#####}"),
        _ => Invariant($"{value:0.#e-0}"),
    };

    /// <summary>Bytes in powers of 1000: 1.5 MB.</summary>
    public static string Bytes(long bytes)
    {
        var (value, unit) = ((double)bytes, 0);
        while (value >= 1000 && unit < Units.Length - 1)
        {
            (value, unit) = (value / 1000, unit + 1);
        }

        return Invariant($"{value:0.##} {Units[unit]}");
    }

    /// <summary>A fraction: 57.7%.</summary>
    public static string Percent(double fraction) => Invariant($"{100 * fraction:0.0}%");

    /// <summary>An axis label: a fraction in whole percents where they are whole.</summary>
    public static string ShortPercent(double fraction) => Invariant($"{100 * fraction:0.##}%");

    /// <summary>Such as 2h 05m, 4m 08s, 12s.</summary>
    public static string Duration(TimeSpan time) => time switch
    {
        { TotalHours: >= 1 } => $"{(int)time.TotalHours}h {time.Minutes:00}m",
        { TotalMinutes: >= 1 } => $"{(int)time.TotalMinutes}m {time.Seconds:00}s",
        _ => $"{time.TotalSeconds:0}s",
    };
}
