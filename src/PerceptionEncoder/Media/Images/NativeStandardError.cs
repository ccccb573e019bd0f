using System.Runtime.InteropServices;

namespace PerceptionEncoder.Media.Images;

/// <summary>
/// Keeps the warnings that C image libraries print (libjpeg of a damaged scan, libpng of an odd profile) off the user's terminal. It points
/// glibc's <c>stderr</c> variable, which glibc allows programs to set, at the null device while any decode runs. File descriptor 2 stays as
/// it is, so .NET's own error stream, crash reports and C++ streams still come through. On other C libraries it does nothing.
/// </summary>
internal static unsafe partial class NativeStandardError
{
    private static readonly Lock Gate = new();
    private static readonly nint* Variable = Find();
    private static readonly nint NullDevice = Variable is null ? 0 : OpenFile("/dev/null", "w");
    private static nint original;
    private static int users;

    /// <summary>Silence until the result is disposed; nests and may be used on many threads.</summary>
    public static Silence Suppress()
    {
        if (NullDevice == 0)
        {
            return default;
        }

        lock (Gate)
        {
            if (users++ == 0)
            {
                original = *Variable;
                *Variable = NullDevice;
            }
        }

        return default;
    }

    private static nint* Find()
    {
        if (!OperatingSystem.IsLinux())
        {
            return null;
        }

        var program = NativeLibrary.GetMainProgramHandle();
        return NativeLibrary.TryGetExport(program, "gnu_get_libc_version", out _)
            && NativeLibrary.TryGetExport(program, "stderr", out var address)
            ? (nint*)address
            : null;
    }

    [LibraryImport("libc", EntryPoint = "fopen", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint OpenFile(string path, string mode);

    /// <summary>Ends the silence of one caller.</summary>
    public readonly ref struct Silence
    {
        public void Dispose()
        {
            if (NullDevice == 0)
            {
                return;
            }

            lock (Gate)
            {
                if (--users == 0)
                {
                    *Variable = original;
                }
            }
        }
    }
}
