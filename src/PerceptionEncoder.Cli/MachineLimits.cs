using System.Globalization;
using Microsoft.Win32.SafeHandles;
using PerceptionEncoder.Tensors;

namespace PerceptionEncoder.Cli;

/// <summary>Limits of the machine that a user can raise.</summary>
internal static class MachineLimits
{
    private const int SystemTableIsFull = 23;
    private const int TooManyOpenFiles = 24;
    private const int NoSpace = 28;
    private const int QuotaExceeded = 122;

    /// <summary>Below this the runtime cannot even load its own libraries, and says so in unclear ways.</summary>
    private const int FewestOpenFiles = 256;

    /// <summary>
    /// Refuses to start where the process may open too few files; says so in one line. It uses nothing beyond the runtime's core, since
    /// loading anything else would need a file.
    /// </summary>
    public static bool RefuseFewOpenFiles()
    {
        const string Name = "Max open files";
        try
        {
            foreach (var line in File.Exists("/proc/self/limits") ? File.ReadAllLines("/proc/self/limits") : [])
            {
                if (!line.StartsWith(Name, StringComparison.Ordinal)
                    || !int.TryParse(
                        line[Name.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries)[0],
                        CultureInfo.InvariantCulture,
                        out var limit)
                    || limit >= FewestOpenFiles)
                {
                    continue;
                }

                using var error = new FileStream(new SafeFileHandle(2, ownsHandle: false), FileAccess.Write, bufferSize: 0);
                error.Write(System.Text.Encoding.UTF8.GetBytes(
                    $"pe: this process may open {limit} files only, it needs {FewestOpenFiles}. Raise the limit: ulimit -n 4096.\n"));
                return true;
            }

            return false;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return true;                                        // not even this line can be written
        }
    }

    /// <summary>What to tell a user whose command failed at a limit of the machine; null where it was something else.</summary>
    public static string? Reached(Exception failure) => failure switch
    {
        AggregateException several => several.Flatten().InnerExceptions.Select(Reached).FirstOrDefault(line => line is not null),
        IOException { HResult: TooManyOpenFiles or SystemTableIsFull }
            => $"{failure.Message.ReplaceLineEndings(" ")}. Raise the limit of open files (ulimit -n 4096) or use fewer workers.",
        IOException { HResult: NoSpace or QuotaExceeded }
            => $"{failure.Message.ReplaceLineEndings(" ")}. Free space or choose another folder.",
        _ when OutOfMemory.Report(failure) is { } report => $"{report} Lower the batch.",
        { InnerException: { } inner } => Reached(inner),
        _ => null,
    };
}
