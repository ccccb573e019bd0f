using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace PerceptionEncoder.Media.Video;

/// <summary>
/// Until when this process works on a clip: its time-out, or the cancellation. FFmpeg's libraries ask before each read of a file that was
/// opened with it.
/// </summary>
internal sealed unsafe class ClipDeadline : IDisposable
{
    private readonly TimeSpan timeout;
    private readonly CancellationToken cancellation;
    private readonly Stopwatch clock = Stopwatch.StartNew();
    private readonly GCHandle self;

    public ClipDeadline(TimeSpan timeout, CancellationToken cancellation)
    {
        this.timeout = timeout;
        this.cancellation = cancellation;
        self = GCHandle.Alloc(this);
    }

    /// <summary>What the libraries call; valid until this is disposed.</summary>
    public LibAv.Interrupt Interrupt => new() { Ask = &Ask, About = GCHandle.ToIntPtr(self) };

    private bool IsOver => cancellation.IsCancellationRequested || clock.Elapsed > timeout;

    /// <exception cref="VideoException">The time is over.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public void ThrowIfOver()
    {
        cancellation.ThrowIfCancellationRequested();
        if (IsOver)
        {
            throw VideoFaults.TimedOut(timeout);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => self.Free();

    /// <returns>Not zero where the libraries are to give up.</returns>
    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Ask(nint deadline) => ((ClipDeadline)GCHandle.FromIntPtr(deadline).Target!).IsOver ? 1 : 0;
}
