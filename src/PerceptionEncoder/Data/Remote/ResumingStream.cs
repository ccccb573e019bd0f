namespace PerceptionEncoder.Data.Remote;

/// <summary>
/// The bytes of a shard as of a file. A source that fails on the way is opened again at the byte that was reached, where it is still the
/// same shard; going forward over much is a jump. Holds one buffer, whatever the shard's size. For one thread.
/// </summary>
internal sealed class ResumingStream : Stream
{
    private const int BufferSize = 1 << 17;

    /// <summary>To pass over so many bytes, reading them is as fast as asking anew.</summary>
    private const long JumpFrom = 1 << 20;

    private readonly IShardSource source;
    private readonly ShardRetries retries;
    private readonly Action<string>? report;
    private readonly CancellationToken cancellation;
    private readonly byte[] buffer = new byte[BufferSize];
    private long bufferStart;
    private int buffered;
    private long position;
    private ShardBody? body;
    private long reached;
    private long? length;
    private string? version;
    private bool beginsAtBeginning;

    /// <param name="source">What is read.</param>
    /// <param name="retries">How often, and how long it may be silent.</param>
    /// <param name="report">Told why the source is opened again; or null.</param>
    /// <param name="cancellation">Ends a read that waits.</param>
    public ResumingStream(IShardSource source, ShardRetries retries, Action<string>? report, CancellationToken cancellation)
        => (this.source, this.retries, this.report, this.cancellation) = (source, retries, report, cancellation);

    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <summary>Whether the source has said how long the shard is, as it does at the first read.</summary>
    public override bool CanSeek => length is not null;

    /// <inheritdoc/>
    public override bool CanWrite => false;

    /// <inheritdoc/>
    public override long Length => length ?? throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position
    {
        get => position;
        set => position = value;
    }

    /// <exception cref="UserErrorException">The source stays out of reach, or is another shard by now.</exception>
    /// <inheritdoc/>
    public override int Read(Span<byte> buffer)
    {
        if (position < bufferStart || position >= bufferStart + buffered)
        {
            Fill();
        }

        var there = this.buffer.AsSpan(0, buffered)[(int)(position - bufferStart)..];
        var count = Math.Min(there.Length, buffer.Length);
        there[..count].CopyTo(buffer);
        position += count;
        return count;
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin)
        => position = origin switch
        {
            SeekOrigin.Begin => offset,
            SeekOrigin.Current => position + offset,
            _ => Length + offset,
        };

    /// <inheritdoc/>
    public override void Flush() => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        Close(ref body);
        base.Dispose(disposing);
    }

    private void Fill()
    {
        (bufferStart, buffered) = (position, 0);
        if (length > position || length is null)
        {
            buffered = retries.Run(source.Name, Attempt, Report, cancellation).GetAwaiter().GetResult();
        }
    }

    /// <summary>Some bytes at the position; none at the end.</summary>
    private async Task<int> Attempt(CancellationToken cancellation)
    {
        try
        {
            if (body is null || (reached != position && (reached > position || (position - reached >= JumpFrom && !beginsAtBeginning))))
            {
                await Reopen(cancellation).ConfigureAwait(false);
            }

            int count;
            do
            {
                var left = position - reached;
                count = await Receive(left > 0 ? (int)Math.Min(left, buffer.Length) : buffer.Length, cancellation).ConfigureAwait(false);
                reached += count;
                if (left <= 0)
                {
                    return count;
                }
            }
            while (count > 0);

            throw new ShardUnreachableException($"it ended at byte {reached}, where it had more before");
        }
        catch
        {
            Close(ref body);
            throw;
        }
    }

    private async Task Reopen(CancellationToken cancellation)
    {
        Close(ref body);
        body = await retries.Wait(cancellation => source.Open(position, version, cancellation), cancellation).ConfigureAwait(false);
        if ((version is not null && body.Version is not null && version != body.Version)
            || (length is not null && body.Length is not null && length != body.Length))
        {
            throw new UserErrorException($"shard {source.Name}: was replaced while it was read, at byte {position}. "
                + "Resume once it stays as it is.");
        }

        (version, length) = (version ?? body.Version, length ?? body.Length);
        beginsAtBeginning |= body.Start < position;
        reached = body.Start;
    }

    private async Task<int> Receive(int most, CancellationToken cancellation)
    {
        var content = body!.Content;
        var count = await retries
            .Wait(async cancellation => await content.ReadAsync(buffer.AsMemory(0, most), cancellation).ConfigureAwait(false), cancellation)
            .ConfigureAwait(false);
        return count > 0 || length is null || reached >= length
            ? count
            : throw new ShardUnreachableException($"the connection was closed at byte {reached} of {length}");
    }

    private void Report(Exception failure) => report?.Invoke($"opened again at byte {position}: {failure.Message}");

    private static void Close(ref ShardBody? body)
    {
        body?.Dispose();
        body = null;
    }
}
