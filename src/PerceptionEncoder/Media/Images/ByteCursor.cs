using System.Buffers.Binary;

namespace PerceptionEncoder.Media.Images;

/// <summary>Reads an image file front to back; running off its end means that the file was cut.</summary>
internal ref struct ByteCursor(ReadOnlySpan<byte> file, int position = 0)
{
    private readonly ReadOnlySpan<byte> file = file;

    public int Position { get; private set; } = position;

    public readonly int Left => file.Length - Position;

    public byte ReadByte() => Take(1)[0];

    public int ReadUInt16BigEndian() => BinaryPrimitives.ReadUInt16BigEndian(Take(2));

    public int ReadUInt16LittleEndian() => BinaryPrimitives.ReadUInt16LittleEndian(Take(2));

    public long ReadUInt32BigEndian() => BinaryPrimitives.ReadUInt32BigEndian(Take(4));

    public long ReadUInt32LittleEndian() => BinaryPrimitives.ReadUInt32LittleEndian(Take(4));

    public ReadOnlySpan<byte> Take(long count)
    {
        if (count > file.Length - Position)
        {
            throw ImageFaults.Truncated(file.Length);
        }

        var bytes = file.Slice(Position, (int)count);
        Position += (int)count;
        return bytes;
    }

    /// <summary>Moves behind the next byte of this value.</summary>
    public void SkipPast(byte value)
    {
        var distance = file[Position..].IndexOf(value);
        Take(distance < 0 ? long.MaxValue : distance + 1);
    }
}
