using System.Runtime.InteropServices;

namespace PerceptionEncoder.Tensors;

/// <summary>What a command line needs of its own process and .NET does not give.</summary>
public static partial class LinuxProcess
{
    private const int Interrupted = 4;
    private const int TryAgain = 11;
    private const int RetryMilliseconds = 10;
    private const int OnlineProcessorsName = 84;                // _SC_NPROCESSORS_ONLN

    /// <summary>
    /// Writes to an open file. .NET's own console stream is silent where the reader has gone away, so that a command would work on for
    /// nobody.
    /// </summary>
    /// <param name="descriptor">The file's number: 1 for standard output.</param>
    /// <param name="bytes">All of them are written, however long the reader takes.</param>
    /// <returns>Null, or why not; <see cref="Exception.HResult"/> is the system's number of the error.</returns>
    public static IOException? Write(int descriptor, ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            var written = write(descriptor, bytes, bytes.Length);
            if (written >= 0)
            {
                bytes = bytes[(int)written..];
                continue;
            }

            var error = Marshal.GetLastPInvokeError();
            if (error is not (Interrupted or TryAgain))
            {
                return new IOException(Marshal.GetPInvokeErrorMessage(error), error);
            }

            Thread.Sleep(error == TryAgain ? RetryMilliseconds : 0);
        }

        return null;
    }

    /// <summary>
    /// Ends the process at once. <see cref="Environment.Exit"/> runs the destructors of native libraries while other threads still compute
    /// with them, which can crash or never end.
    /// </summary>
    public static void End(int exitCode)
    {
        if (OperatingSystem.IsWindows())
        {
            Environment.Exit(exitCode);
        }

        _exit(exitCode);
    }

    /// <summary>Processors of the machine, whichever of them this process is bound to.</summary>
    internal static int OnlineProcessors()
        => OperatingSystem.IsLinux() ? (int)sysconf(OnlineProcessorsName) : Environment.ProcessorCount;

    [LibraryImport("libc")]
    private static partial nint sysconf(int name);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint write(int descriptor, ReadOnlySpan<byte> bytes, nint count);

    [LibraryImport("libc")]
    private static partial void _exit(int exitCode);
}
