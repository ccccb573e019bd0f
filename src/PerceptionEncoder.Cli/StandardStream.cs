using PerceptionEncoder.Tensors;

namespace PerceptionEncoder.Cli;

/// <summary>
/// Standard output or error. A write that fails does not throw, on whatever thread it was: it is remembered, told once, and what follows is
/// dropped.
/// </summary>
internal sealed class StandardStream(int descriptor, string name) : Stream
{
    private const int IoError = 5;
    private const int BrokenPipe = 32;

    /// <summary>Raised by the first write that fails.</summary>
    public event Action<StandardStream>? Lost;

    public string Name { get; } = name;

    /// <summary>Why writing failed; null while it works.</summary>
    public IOException? Failure { get; private set; }

    /// <summary>Nobody reads any more: the other end of the pipe is closed, or the terminal is gone.</summary>
    public bool ReaderIsGone => Failure?.HResult is BrokenPipe or IoError;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        if (Failure is null && LinuxProcess.Write(descriptor, buffer) is { } failure)
        {
            Failure = failure;
            Lost?.Invoke(this);
        }
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
