namespace PerceptionEncoder.Media.Video;

/// <summary>What goes between a program and a process that decodes for it: binary, a request at a time, answered before the next one.</summary>
internal static class DecoderMessages
{
    /// <summary>The first thing that a decoding process says; raised with each change here.</summary>
    public const string Greeting = "decode-clips 1";

    private enum Outcome : byte
    {
        Clip,
        BadClip,
        UserError,
    }

    public static void WriteRequest(BinaryWriter writer, string path, FrameRequest request, VideoReaderOptions options)
    {
        writer.Write(path);
        request.Write(writer);
        writer.Write(options.BinaryFolder);
        writer.Write(options.Timeout.Ticks);
        writer.Write(options.Threads);
        writer.Flush();
    }

    /// <summary>Null at the end of the requests.</summary>
    public static (string Path, FrameRequest Request, VideoReaderOptions Options)? ReadRequest(BinaryReader reader)
    {
        try
        {
            return (reader.ReadString(), FrameRequest.Read(reader), new VideoReaderOptions { BinaryFolder = reader.ReadString(), Timeout = TimeSpan.FromTicks(reader.ReadInt64()), Threads = reader.ReadInt32() });
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
    public static DecodedClip ReadAnswer(BinaryReader reader) => (Outcome)reader.ReadByte() switch
    {
        Outcome.Clip => ReadClip(reader),
        Outcome.BadClip => throw new VideoException(reader.ReadString(), reader.ReadString()),
        _ => throw new UserErrorException(reader.ReadString()),
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

        writer.Write(clip.Pixels);
    }

    private static DecodedClip ReadClip(BinaryReader reader)
    {
        var (width, height, promised, decoded, shortened) = (reader.ReadInt32(), reader.ReadInt32(), reader.ReadInt32(), reader.ReadInt32(), reader.ReadBoolean());
        var (indices, seconds) = (new int[reader.ReadInt32()], new List<double>());
        for (var i = 0; i < indices.Length; i++)
        {
            indices[i] = reader.ReadInt32();
            seconds.Add(reader.ReadDouble());
        }

        var pixels = GC.AllocateUninitializedArray<byte>(3 * width * height * indices.Length);
        reader.BaseStream.ReadExactly(pixels);
        return new DecodedClip(width, height, pixels, indices, seconds, promised < 0 ? null : promised, decoded, shortened);
    }
}
