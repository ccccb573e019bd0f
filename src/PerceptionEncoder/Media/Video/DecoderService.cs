using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;

namespace PerceptionEncoder.Media.Video;

/// <summary>
/// Decodes clips for another process, so that a decoder which crashes or hangs takes nothing with it but this process. A program offers it
/// under the argument <see cref="Argument"/>, as <c>pe</c> does; <see cref="VideoReaderOptions.Service"/> names the program.
/// </summary>
public static class DecoderService
{
    /// <summary>The only argument of a program that is started to serve.</summary>
    public const string Argument = "decode-clips";

    /// <summary>
    /// Answers until the requests end, which is when the other process does; a clip that is being decoded then is given up.
    /// </summary>
    /// <param name="requests">Standard input.</param>
    /// <param name="answers">Standard output.</param>
    public static void Serve(Stream requests, Stream answers)
    {
        using var stop = new CancellationTokenSource();
        using var reader = new BinaryReader(requests);
        var pending = new BlockingCollection<(string Memory, string Path, FrameRequest Request, VideoReaderOptions Options)>();
        var decoder = (Options: new VideoReaderOptions(), Reader: (FFmpegVideoReader?)null);
        ExceptionDispatchInfo? failure = null;

        // On a thread of its own, so that the end of the requests shows in the middle of a clip.
        new Thread(Answer) { IsBackground = true, Name = "decode" }.Start();
        while (DecoderMessages.ReadRequest(reader) is { } next)
        {
            pending.Add(next);
        }

        stop.Cancel();
        failure?.Throw();

        void Answer()
        {
            try
            {
                SharedFrames? frames = null; // not disposed: at the end a clip may still be decoded into it
                var writer = new BinaryWriter(new BufferedStream(answers, 1 << 16));
                writer.Write(DecoderMessages.Greeting);
                writer.Flush();
                foreach (var (memory, path, request, options) in pending.GetConsumingEnumerable(stop.Token))
                {
                    frames ??= new SharedFrames(memory);
                    DecoderMessages.WriteAnswer(writer, () => Reader(options).ReadInto(frames, path, request, stop.Token));
                }
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                // Nobody waits for an answer.
            }
            catch (Exception unexpected)
            {
                failure = ExceptionDispatchInfo.Capture(unexpected);
                answers.Dispose();   // whoever waits sees the end
            }
        }

        FFmpegVideoReader Reader(VideoReaderOptions options)
        {
            decoder = decoder.Reader is null || options != decoder.Options ? (options, new FFmpegVideoReader(options)) : decoder;
            return decoder.Reader!;
        }
    }
}
