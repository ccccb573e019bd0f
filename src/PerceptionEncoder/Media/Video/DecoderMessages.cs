namespace PerceptionEncoder.Media.Video;

/// <summary>
/// What goes between a program and a process that decodes for it: binary, a request at a time, answered before the next one. Frames go
/// through a <see cref="FrameMemory"/>, the same for all requests. A decoder may have been taken over by a clip: its answers are held
/// against the request.
/// </summary>
internal static class DecoderMessages
{
    /// <summary>The first thing that a decoding process says; raised with each change here.</summary>
    public const string Greeting = "decode-clips 2";

    private enum Outcome : byte
    {
        Clip,
        BadClip,
        UserError,
    }

    public static void WriteRequest(BinaryWriter writer, string memory, string path, FrameRequest request, VideoReaderOptions options)
    {
        writer.Write(memory);
        writer.Write(path);
        request.Write(writer);
        writer.Write(options.BinaryFolder);
        writer.Write(options.Timeout.Ticks);
        writer.Write(options.Threads);
        writer.Flush();
    }

    /// <summary>Null at the end of the requests.</summary>
    public static (string Memory, string Path, FrameRequest Request, VideoReaderOptions Options)? ReadRequest(BinaryReader reader)
    {
        try
        {
            return (reader.ReadString(), reader.ReadString(), FrameRequest.Read(reader), new VideoReaderOptions
            {
                BinaryFolder = reader.ReadString(),
                Timeout = TimeSpan.FromTicks(reader.ReadInt64()),
                Threads = reader.ReadInt32(),
            });
        }
        catch (EndOfStreamException)
        {
            return null;
        }
    }

    /// <summary>Answers with the clip, or with the reason why there is none.</summary>
    public static void WriteAnswer(BinaryWriter writer, Func<DecodedClip> read)
    {
        try
        {
            WriteClip(writer, read());
        }
        catch (VideoException bad)
        {
            writer.Write((byte)Outcome.BadClip);
            writer.Write(bad.Reason);
            writer.Write(bad.Detail);
        }
        catch (UserErrorException failure)
        {
            writer.Write((byte)Outcome.UserError);
            writer.Write(failure.Message);
        }

        writer.Flush();
    }

    /// <exception cref="VideoException">As the decoding process met it.</exception>
    /// <exception cref="UserErrorException">As the decoding process met it.</exception>
    /// <exception cref="EndOfStreamException">The process has ended.</exception>
    /// <exception cref="InvalidDataException">It is no answer to the request.</exception>
    public static DecodedClip ReadAnswer(BinaryReader reader, FrameMemory memory, FrameRequest request) => (Outcome)reader.ReadByte() switch
    {
        Outcome.Clip => ReadClip(reader, memory, request),
        Outcome.BadClip => throw new VideoException(reader.ReadString(), reader.ReadString()),
        Outcome.UserError => throw new UserErrorException(reader.ReadString()),
        var other => throw new InvalidDataException($"an answer of kind {other}"),
    };

    private static void WriteClip(BinaryWriter writer, DecodedClip clip)
    {
        writer.Write((byte)Outcome.Clip);
        writer.Write(clip.Width);
        writer.Write(clip.Height);
        writer.Write(clip.FramesPromised ?? -1);
        writer.Write(clip.FramesDecoded);
        writer.Write(clip.Shortened);
        writer.Write(clip.FrameCount);
        for (var i = 0; i < clip.FrameCount; i++)
        {
            writer.Write(clip.Indices[i]);
            writer.Write(clip.Seconds[i]);
        }
    }

    private static DecodedClip ReadClip(BinaryReader reader, FrameMemory memory, FrameRequest request)
    {
        var (width, height, promised, decoded, shortened) =
            (reader.ReadInt32(), reader.ReadInt32(), reader.ReadInt32(), reader.ReadInt32(), reader.ReadBoolean());
        var count = reader.ReadInt32();
        if (Math.Min(width, height) < 1
            || count < 1
            || request.CountOf(count) != count
            || (request.Size ?? (width, height)) != (width, height))
        {
            throw new InvalidDataException($"{count} frames of {width}x{height}, which were not asked for");
        }

        request.RequireAll(count, width, height);
        var (indices, seconds) = (new List<int>(), new List<double>());
        for (var i = 0; i < count; i++)
        {
            indices.Add(reader.ReadInt32());
            seconds.Add(reader.ReadDouble());
        }

        var stored = 1 + Enumerable.Range(1, count - 1).Count(i => indices[i] != indices[i - 1]);
        var frames = new FrameArrays();
        frames.Prepare(stored, width, height);
        memory.Read(frames, stored);
        return new DecodedClip(
            width,
            height,
            frames.Pictures(indices),
            indices,
            seconds,
            promised < 0 ? null : promised,
            decoded,
            shortened);
    }
}
