using System.Collections.Concurrent;

namespace PerceptionEncoder.Media.Video;

/// <summary>
/// As many <see cref="DecoderProcess"/>es as threads ask at a time; one that died is replaced by the next clip. They end with this process,
/// as their requests do.
/// </summary>
/// <param name="program">See <see cref="VideoReaderOptions.Service"/>.</param>
internal sealed class DecoderProcesses(string program)
{
    private readonly ConcurrentBag<DecoderProcess> idle = [];

    public DecodedClip Read(string path, FrameRequest request, VideoReaderOptions options, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        var decoder = idle.TryTake(out var waiting) ? waiting : new DecoderProcess(program);
        try
        {
            return decoder.Read(path, request, options, cancellation);
        }
        finally
        {
            if (decoder.Usable)
            {
                idle.Add(decoder);
            }
            else
            {
                decoder.Dispose();
            }
        }
    }
}
