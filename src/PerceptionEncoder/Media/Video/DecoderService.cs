namespace PerceptionEncoder.Media.Video;

/// <summary>
/// Decodes clips for another process, so that a decoder which crashes or hangs takes nothing with it but this process. A program offers it under the argument
/// <see cref="Argument"/>, as <c>pe</c> does; <see cref="VideoReaderOptions.Service"/> names the program.
/// </summary>
public static class DecoderService
{
    /// <summary>The only argument of a program that is started to serve.</summary>
    public const string Argument = "decode-clips";

    /// <summary>Answers until the requests end, which is when the other process does; a clip that is being decoded then is given up.</summary>
    /// <param name="requests">Standard input.</param>
    /// <param name="answers">Standard output.</param>
    public static void Serve(Stream requests, Stream answers)
    {
        using var stop = new CancellationTokenSource();
        using var reader = new BinaryReader(requests);
        var writer = new BinaryWriter(new BufferedStream(answers, 1 << 16));
        writer.Write(DecoderMessages.Greeting);
        writer.Flush();
        var answering = new Lock();
        var decoder = (Options: new VideoReaderOptions(), Reader: (FFmpegVideoReader?)null);
        SharedFrames? frames = null; // not disposed: at the end a clip may still be decoded into it
        while (DecoderMessages.ReadRequest(reader) is var (memory, path, request, options))
        {
            var store = frames ??= new SharedFrames(memory);
            // On another thread, so that the end of the requests shows in the middle of a clip. The lock: the next request may come while the last answer is read
            // already and its buffer not yet empty.
            _ = Task.Run(() =>
            {
                lock (answering)
                {
                    DecoderMessages.WriteAnswer(writer, () => Reader(options).ReadInto(store, path, request, stop.Token));
                }
            });
        }

        stop.Cancel();

        FFmpegVideoReader Reader(VideoReaderOptions options)
        {
            decoder = decoder.Reader is null || options != decoder.Options ? (options, new FFmpegVideoReader(options)) : decoder;
            return decoder.Reader!;
        }
    }
}
