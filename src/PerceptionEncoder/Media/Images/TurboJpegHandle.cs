using Microsoft.Win32.SafeHandles;

namespace PerceptionEncoder.Media.Images;

/// <summary>A decompressor of libjpeg-turbo, for one thread at a time.</summary>
internal sealed unsafe class TurboJpegHandle : SafeHandleZeroOrMinusOneIsInvalid
{
    private readonly TurboJpeg library;

    public TurboJpegHandle(TurboJpeg library)
        : base(ownsHandle: true)
    {
        this.library = library;
        SetHandle(library.Create());
        if (IsInvalid)
        {
            throw new InsufficientMemoryException("libjpeg-turbo could not make a decompressor");
        }
    }

    /// <inheritdoc/>
    protected override bool ReleaseHandle() => library.Destroy(handle) == 0;
}
