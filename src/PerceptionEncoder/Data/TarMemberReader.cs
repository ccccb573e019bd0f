using System.IO.Compression;

namespace PerceptionEncoder.Data;

/// <summary>
/// Reads the regular files of a tar (V7, ustar, PAX, GNU long names) one after the other and passes over everything else. System.Formats.Tar is
/// not used because it takes a header with a wrong checksum for the end of the archive, so that damage would go unnoticed.
/// </summary>
internal sealed class TarMemberReader : IDisposable
{
    private const int BlockSize = 512;
    private const int BufferSize = 1 << 17;
    private const int MaximumNameLength = 1 << 16;

    private readonly Stream stream;
    private readonly long length;
    private readonly byte[] header = new byte[BlockSize];
    private long unread;
    private int padding;

    private TarMemberReader(Stream stream)
    {
        this.stream = stream;
        length = stream.CanSeek ? stream.Length : long.MaxValue;
    }

    /// <summary>Path of the current member as stored.</summary>
    public string Name { get; private set; } = "";

    /// <summary>Opens a <c>.tar</c>, or a gzipped one by its extension.</summary>
    /// <exception cref="IOException">The file cannot be opened.</exception>
    public static TarMemberReader Open(string path)
    {
        var zipped = path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) || path.EndsWith(".tgz", StringComparison.OrdinalIgnoreCase);
        var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, BufferSize, FileOptions.SequentialScan);
        return new TarMemberReader(zipped ? new BufferedStream(new GZipStream(file, CompressionMode.Decompress), BufferSize) : file);
    }

    /// <summary>Goes to the next regular file. False at the end: closing zero blocks, or the end of the stream at a member's boundary.</summary>
    /// <exception cref="TarDamageException">The stream ends inside a member, or a header is not one.</exception>
    public bool MoveNext()
    {
        string? longName = null;
        long? longSize = null;
        while (true)
        {
            SkipData();
            Discard(padding);
            padding = 0;
            var read = ReadUpTo(header);
            if (read == 0 || (read == BlockSize && !header.AsSpan().ContainsAnyExcept((byte)0)))
            {
                return false;
            }

            if (read < BlockSize)
            {
                throw new TarDamageException("it ends inside a header");
            }

            TarHeader.VerifyChecksum(header);
            var type = (char)header[TarHeader.TypeOffset];
            SetSize(longSize ?? TarHeader.Size(header));
            switch (type)
            {
                case 'L':
                    longName = TarHeader.Text(ReadName());
                    break;
                case 'x':
                    (var path, longSize) = TarHeader.PaxRecords(ReadName());
                    longName = path ?? longName;
                    break;
                case '0' or '\0' or '7':
                    Name = longName ?? TarHeader.Name(header);
                    return true;
                default:
                    // Links, folders and devices have no data whatever their size field says.
                    if (type is >= '1' and <= '6')
                    {
                        SetSize(0);
                    }

                    (longName, longSize) = type is 'K' or 'g' ? (longName, longSize) : (null, null);
                    break;
            }
        }
    }

    /// <summary>All bytes of the current member. Once per member.</summary>
    /// <exception cref="TarDamageException">The stream ends first.</exception>
    public byte[] ReadData()
    {
        RequireRemaining(unread);
        if (unread > Array.MaxLength)
        {
            throw new TarDamageException($"its member {Name} has {unread} bytes, more than fit in memory");
        }

        var data = new byte[unread];
        if (ReadUpTo(data) < data.Length)
        {
            throw Cut();
        }

        unread = 0;
        return data;
    }

    /// <summary>Passes over the current member's data, unless it was read.</summary>
    /// <exception cref="TarDamageException">The stream ends first.</exception>
    public void SkipData()
    {
        Discard(unread);
        unread = 0;
    }

    /// <inheritdoc/>
    public void Dispose() => stream.Dispose();

    private void SetSize(long size)
    {
        unread = size;
        padding = (int)(-size & (BlockSize - 1));
    }

    /// <summary>A cut file is seen before memory is taken for what it no longer holds.</summary>
    private void RequireRemaining(long count)
    {
        if (stream.CanSeek && count > length - stream.Position)
        {
            throw Cut();
        }
    }

    private byte[] ReadName()
        => unread <= MaximumNameLength ? ReadData() : throw new TarDamageException($"it has an extended header of {unread} bytes");

    private void Discard(long count)
    {
        RequireRemaining(count);
        if (stream.CanSeek)
        {
            stream.Seek(count, SeekOrigin.Current);
            return;
        }

        Span<byte> scratch = stackalloc byte[4096];
        while (count > 0)
        {
            var read = ReadUpTo(scratch[..(int)Math.Min(count, scratch.Length)]);
            count -= read > 0 ? read : throw Cut();
        }
    }

    private int ReadUpTo(Span<byte> buffer)
    {
        try
        {
            return stream.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
        }
        catch (InvalidDataException broken)
        {
            throw new TarDamageException($"its gzip stream is damaged ({broken.Message})");
        }
    }

    private TarDamageException Cut() => new($"it ends inside {(Name.Length > 0 ? Name : "its first member")}");
}
