using System.Runtime.InteropServices;

namespace PerceptionEncoder.Media.Images;

/// <summary>The few functions of libjpeg-turbo's TurboJPEG interface that decode, the same since version 2.0, version 3 included.</summary>
internal sealed unsafe class TurboJpeg
{
    public const int Rgb = 0;              // TJPF_RGB
    public const int Grey = 6;             // TJPF_GRAY
    public const int Cmyk = 11;            // TJPF_CMYK
    public const int AccurateDct = 4096;   // TJFLAG_ACCURATEDCT: the one that PIL asks for
    public const int OnlyWarned = 0;       // TJERR_WARNING

    private static readonly string[] Libraries =
    [
        "libturbojpeg.so.0", "libturbojpeg.0.dylib", "turbojpeg.dll",
        "/opt/homebrew/opt/jpeg-turbo/lib/libturbojpeg.0.dylib", "/usr/local/opt/jpeg-turbo/lib/libturbojpeg.0.dylib",
    ];

    private static readonly Lazy<TurboJpeg?> Loaded = new(() => Load(Libraries));

    private TurboJpeg(nint library)
    {
        Create = (delegate* unmanaged<nint>)NativeLibrary.GetExport(library, "tjInitDecompress");
        ReadHeader = (delegate* unmanaged<nint, byte*, CULong, int*, int*, int*, int*, int>)
            NativeLibrary.GetExport(library, "tjDecompressHeader3");
        Decompress = (delegate* unmanaged<nint, byte*, CULong, byte*, int, int, int, int, int, int>)
            NativeLibrary.GetExport(library, "tjDecompress2");
        ErrorText = (delegate* unmanaged<nint, nint>)NativeLibrary.GetExport(library, "tjGetErrorStr2");
        ErrorCode = (delegate* unmanaged<nint, int>)NativeLibrary.GetExport(library, "tjGetErrorCode");
        Destroy = (delegate* unmanaged<nint, int>)NativeLibrary.GetExport(library, "tjDestroy");
    }

    /// <summary>Null where the system has none, or one before version 2.0.</summary>
    public static TurboJpeg? Instance => Loaded.Value;

    public delegate* unmanaged<nint> Create { get; }

    public delegate* unmanaged<nint, byte*, CULong, int*, int*, int*, int*, int> ReadHeader { get; }

    public delegate* unmanaged<nint, byte*, CULong, byte*, int, int, int, int, int, int> Decompress { get; }

    public delegate* unmanaged<nint, nint> ErrorText { get; }

    public delegate* unmanaged<nint, int> ErrorCode { get; }

    public delegate* unmanaged<nint, int> Destroy { get; }

    /// <summary>The first of some libraries that is there and has what is needed.</summary>
    internal static TurboJpeg? Load(IEnumerable<string> names)
    {
        foreach (var name in names)
        {
            if (NativeLibrary.TryLoad(name, typeof(TurboJpeg).Assembly, null, out var library))
            {
                try
                {
                    return new TurboJpeg(library);
                }
                catch (EntryPointNotFoundException)
                {
                    NativeLibrary.Free(library); // too old: the next name may be newer
                }
            }
        }

        return null;
    }
}
