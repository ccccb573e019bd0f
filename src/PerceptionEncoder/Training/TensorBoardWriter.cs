using System.Buffers.Binary;
using Google.Protobuf;

namespace PerceptionEncoder.Training;

/// <summary>
/// Writes scalars as a TensorBoard event file: TFRecord frames of <c>tensorflow.Event</c> messages. Each start of a run has a file of its
/// own.
/// </summary>
internal sealed class TensorBoardWriter : IDisposable
{
    // Field numbers of tensorflow/core/util/event.proto and framework/summary.proto.
    private const int EventWallTime = 1;
    private const int EventStep = 2;
    private const int EventFileVersion = 3;
    private const int EventSummary = 5;
    private const int EventSessionLog = 7;
    private const int SummaryValue = 1;
    private const int ValueTag = 1;
    private const int ValueSimpleValue = 2;
    private const int SessionStatus = 1;
    private const int SessionStart = 1;

    private readonly string folder;
    private readonly FileStream stream;
    private readonly TimeProvider clock;

    /// <summary>Opens a new event file in a folder.</summary>
    /// <param name="folder">Made where absent.</param>
    /// <param name="resumeStep">TensorBoard forgets later steps of the files before, so that an interrupted run shows one curve.</param>
    /// <param name="clock">Of the events' times and the file's name.</param>
    /// <exception cref="UserErrorException">The folder cannot be written.</exception>
    public TensorBoardWriter(string folder, long resumeStep = 0, TimeProvider? clock = null)
    {
        this.folder = folder;
        this.clock = clock ?? TimeProvider.System;
        try
        {
            Directory.CreateDirectory(folder);
            var name = $"events.out.tfevents.{this.clock.GetUtcNow().ToUnixTimeMilliseconds()}.{Environment.MachineName}."
                + $"{Environment.ProcessId}";
            stream = new FileStream(Path.Combine(folder, name), FileMode.Create, FileAccess.Write, FileShare.Read);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw Unwritable(failure);
        }

        WriteEvent(0, output =>
        {
            output.WriteTag(EventFileVersion, WireFormat.WireType.LengthDelimited);
            output.WriteString("brain.Event:2");
        });
        var start = Message(output =>
        {
            output.WriteTag(SessionStatus, WireFormat.WireType.Varint);
            output.WriteEnum(SessionStart);
        });
        WriteEvent(resumeStep + 1, output => WriteBytes(output, EventSessionLog, start));
        Flush();
    }

    /// <summary>Adds a scalar.</summary>
    public void Scalar(string tag, double value, long step)
    {
        var summaryValue = Message(output =>
        {
            output.WriteTag(ValueTag, WireFormat.WireType.LengthDelimited);
            output.WriteString(tag);
            output.WriteTag(ValueSimpleValue, WireFormat.WireType.Fixed32);
            output.WriteFloat((float)value);
        });
        var summary = Message(output => WriteBytes(output, SummaryValue, summaryValue));
        WriteEvent(step, output => WriteBytes(output, EventSummary, summary));
    }

    /// <summary>Hands everything written to the system.</summary>
    /// <exception cref="UserErrorException">The disk is full.</exception>
    public void Flush()
    {
        try
        {
            stream.Flush();
        }
        catch (IOException failure)
        {
            throw Unwritable(failure);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => stream.Dispose();

    private void WriteEvent(long step, Action<CodedOutputStream> body)
    {
        var data = Message(output =>
        {
            output.WriteTag(EventWallTime, WireFormat.WireType.Fixed64);
            output.WriteDouble(clock.GetUtcNow().ToUnixTimeMilliseconds() / 1000.0);
            output.WriteTag(EventStep, WireFormat.WireType.Varint);
            output.WriteInt64(step);
            body(output);
        });

        // A frame: length, its checksum, data, its checksum.
        Span<byte> frame = new byte[12 + data.Length + 4];
        BinaryPrimitives.WriteInt64LittleEndian(frame, data.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(frame[8..], Crc32C.Masked(frame[..8]));
        data.CopyTo(frame[12..]);
        BinaryPrimitives.WriteUInt32LittleEndian(frame[^4..], Crc32C.Masked(data));
        try
        {
            stream.Write(frame);
        }
        catch (IOException failure)
        {
            throw Unwritable(failure);
        }
    }

    private UserErrorException Unwritable(Exception failure)
        => new($"{folder}: cannot be written ({failure.Message}). Free space or choose a writable run.output.", failure);

    private static byte[] Message(Action<CodedOutputStream> write)
    {
        using var memory = new MemoryStream();
        using (var output = new CodedOutputStream(memory))
        {
            write(output);
        }

        return memory.ToArray();
    }

    private static void WriteBytes(CodedOutputStream output, int field, byte[] bytes)
    {
        output.WriteTag(field, WireFormat.WireType.LengthDelimited);
        output.WriteBytes(ByteString.CopyFrom(bytes));
    }
}
