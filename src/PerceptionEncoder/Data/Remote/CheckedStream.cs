using System.Security.Cryptography;

namespace PerceptionEncoder.Data.Remote;

/// <summary>Bytes on their way, which must be those of a checksum once all have come; none is jumped over.</summary>
/// <param name="inner">The shard; disposed with this.</param>
/// <param name="name">What messages call it.</param>
/// <param name="expected">SHA-256 in lower-case hex digits.</param>
internal sealed class CheckedStream(Stream inner, string name, string expected) : Stream
{
    private readonly IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private long position;
    private long hashed;
    private bool ended;

    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => false;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <summary>Goes back only, to what was read already.</summary>
    public override long Position
    {
        get => position;
        set => position = inner.Position = value <= hashed ? value : throw new NotSupportedException();
    }

    /// <exception cref="UserErrorException">All bytes have come and are others than expected.</exception>
    /// <inheritdoc/>
    public override int Read(Span<byte> buffer)
    {
        var count = inner.Read(buffer);
        var known = (int)Math.Min(hashed - position, count);
        hash.AppendData(buffer[known..count]);
        position += count;
        hashed = Math.Max(hashed, position);
        if (count == 0 && buffer.Length > 0 && !ended)
        {
            ended = true;
            var found = Convert.ToHexStringLower(hash.GetHashAndReset());
            if (found != expected)
            {
                throw new UserErrorException($"shard {name}: has SHA-256 {found}, expected {expected}. "
                    + "Fetch or pack it again, or correct the list of checksums.");
            }
        }

        return count;
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    /// <summary>Reads what is left.</summary>
    /// <exception cref="UserErrorException">As of reading.</exception>
    public void Finish()
    {
        var rest = new byte[1 << 16];
        while (!ended && Read(rest) > 0)
        {
            // Hashed.
        }
    }

    /// <inheritdoc/>
    public override void Flush() => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            inner.Dispose();
            hash.Dispose();
        }

        base.Dispose(disposing);
    }
}
