using System.Diagnostics;
using System.Globalization;

namespace PerceptionEncoder.Tensors;

/// <summary>What this process has taken from the system so far.</summary>
/// <param name="ResidentBytes">Memory in use now.</param>
/// <param name="PeakResidentBytes">The most there was at any time.</param>
/// <param name="PageFaults">Pages touched for the first time; the hidden cost of fresh memory. Zero where the system does not tell.</param>
/// <param name="SystemSeconds">Processor time in the kernel, over all threads.</param>
/// <param name="UserSeconds">Processor time outside it, over all threads.</param>
internal sealed record ProcessUsage(long ResidentBytes, long PeakResidentBytes, long PageFaults, double SystemSeconds, double UserSeconds)
{
    /// <summary>Reads the system's counters.</summary>
    public static ProcessUsage Read()
    {
        using var process = Process.GetCurrentProcess();
        return new ProcessUsage(
            process.WorkingSet64,
            process.PeakWorkingSet64,
            OperatingSystem.IsLinux() ? MinorFaults() : 0,
            process.PrivilegedProcessorTime.TotalSeconds,
            process.UserProcessorTime.TotalSeconds);
    }

    /// <summary>Lets the peak start again from the memory in use now, on Linux (proc_pid_clear_refs(5)).</summary>
    public static void ResetPeak()
    {
        if (OperatingSystem.IsLinux())
        {
            File.WriteAllText("/proc/self/clear_refs", "5");
        }
    }

    /// <summary>Field 10 of /proc/self/stat, counted from behind the command's closing bracket (proc_pid_stat(5)).</summary>
    private static long MinorFaults()
    {
        var line = File.ReadAllText("/proc/self/stat");
        var fields = line[(line.LastIndexOf(')') + 2)..].Split(' ');
        return long.Parse(fields[7], CultureInfo.InvariantCulture);
    }
}
