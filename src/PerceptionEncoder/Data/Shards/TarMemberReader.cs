using System.IO.Compression;
using PerceptionEncoder.Data.Remote;

namespace PerceptionEncoder.Data.Shards;

/// <summary>
/// Reads the regular files of a tar (V7, ustar, PAX, GNU long names) one after the other and passes over everything else.
/// System.Formats.Tar is not used because it takes a header with a wrong checksum for the end of the archive, so that damage would go
/// unnoticed.
/// </summary>
internal sealed class TarMemberReader : IDisposable
{
    private const int BlockSize = 512;
    private const int BufferSize = 1 << 17;
    private const int MaximumNameLength = 1 << 16;
    private static readonly byte[] GZipSignature = [0x1F, 0x8B];

    private readonly Stream file;
    private readonly Stream stream;
    private readonly long length;
    private readonly byte[] header = new byte[BlockSize];
    private long unread;
    private int padding;
    private bool begun;

    private TarMemberReader(Stream file, Stream stream)
    {
        (this.file, this.stream) = (file, stream);
        length = stream.CanSeek ? stream.Length : long.MaxValue;
    }

    /// <summary>Path of the current member as stored.</summary>
    public string Name { get; private set; } = "";

    /// <summary>Bytes of the current member.</summary>
    public long Size => unread;

    /// <summary>Where in the file the current member's bytes begin, before they are read; null where the tar is gzipped.</summary>
    public long? Offset => stream == file ? file.Position : null;

    /// <summary>Opens a tar, gzipped or not, which its first bytes tell whatever its name is.</summary>
    /// <param name="path">Or address.</param>
    /// <param name="access">Opens it.</param>
    /// <param name="report">Told why an address is opened again on the way.</param>
    /// <param name="cancellation">Ends waiting for an address.</param>
    /// <exception cref="IOException">The file cannot be opened.</exception>
    /// <exception cref="UserErrorException">It is a known file of another kind.</exception>
    public static TarMemberReader Open(string path, ShardAccess access, Action<string> report, CancellationToken cancellation)
    {
        var file = access.Open(path, BufferSize, report, cancellation);
        try
        {
            var head = new byte[FileKind.HeadLength];
            var bytes = head.AsSpan(0, file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false));
            file.Position = 0;
            if (bytes.Length == BlockSize && TarHeader.HasChecksum(bytes))
            {
                return new TarMemberReader(file, file);
            }

            if (bytes.StartsWith(GZipSignature))
            {
                return new TarMemberReader(file, new BufferedStream(new GZipStream(file, CompressionMode.Decompress), BufferSize));
            }

            return FileKind.Of(bytes) is { } kind
                ? throw new UserErrorException(
                    $"{ShardAddress.Shown(path)}: is {kind.Name}; a shard is a tar, plain or gzipped. {kind.Advice}")
                : new TarMemberReader(file, file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Goes to the next regular file. False at the end: closing zero blocks, or the end of the stream at a member's boundary.
    /// </summary>
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

            if (!TarHeader.HasChecksum(header))
            {
                throw new TarDamageException(begun ? "a header has a wrong checksum" : "it does not begin as a tar does");
            }

            begun = true;
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

    /// <summary>All bytes of the current member, which must fit in memory. Once per member.</summary>
    /// <exception cref="TarDamageException">The stream ends first.</exception>
    public byte[] ReadData()
    {
        RequireRemaining(unread);
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

    /// <summary>Reads to the end of the file, behind that of the tar, where its checksum is to be compared.</summary>
    /// <exception cref="UserErrorException">It is another.</exception>
    public void Finish() => (file as CheckedStream)?.Finish();

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
