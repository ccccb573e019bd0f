using System.IO.MemoryMappedFiles;
using PerceptionEncoder.Media.Images;

namespace PerceptionEncoder.Media.Video;

/// <summary>
/// Frames in the <see cref="FrameMemory"/> of another process. Its pages stay in use from clip to clip: to have new ones costs more than to
/// fill them.
/// </summary>
/// <param name="path">See <see cref="FrameMemory.Path"/>.</param>
internal sealed unsafe class SharedFrames(string path) : IFrameStore, IDisposable
{
    private readonly FileStream file = new(
        path,
        new FileStreamOptions { Access = FileAccess.ReadWrite, Share = FileShare.ReadWrite, BufferSize = 0 });
    private MemoryMappedViewAccessor? view;
    private byte* start;
    private int length;

    /// <inheritdoc/>
    public Span<byte> this[int frame] => new(start + ((long)frame * length), length);

    /// <inheritdoc/>
    public void Prepare(int frames, int width, int height)
    {
        length = 3 * width * height;
        var needed = (long)frames * length;
        if (view is null || needed > Math.Min(view.Capacity, file.Length))
        {
            Unmap();
            using var memory = MemoryMappedFile.CreateFromFile(
                file,
                null,
                Math.Max(needed, file.Length),
                MemoryMappedFileAccess.ReadWrite,
                HandleInheritability.None,
                leaveOpen: true);
            view = memory.CreateViewAccessor();
            view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<DecodedImage> Pictures(IReadOnlyList<int> indices) => [];

    /// <inheritdoc/>
    public void Dispose()
    {
        Unmap();
        file.Dispose();
    }

    private void Unmap()
    {
        view?.SafeMemoryMappedViewHandle.ReleasePointer();
        view?.Dispose();
        view = null;
    }
}
