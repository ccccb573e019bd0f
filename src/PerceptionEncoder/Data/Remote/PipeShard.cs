using System.Diagnostics;
using PerceptionEncoder.Serialization;

namespace PerceptionEncoder.Data.Remote;

/// <summary>A shard that a command of the shell writes to its standard output, from the beginning each time.</summary>
/// <param name="address">pipe:COMMAND.</param>
internal sealed class PipeShard(string address) : IShardSource
{
    private const int CannotRun = 126;
    private const int NotFound = 127;

    private readonly string command = ShardAddress.Command(address) is { Length: > 0 } given
        ? given
        : throw new UserErrorException("pipe: names no command. Write pipe:COMMAND, whose standard output is the shard.");

    /// <inheritdoc/>
    public string Name { get; } = ShardAddress.Shown(address);

    /// <inheritdoc/>
    public Task<ShardBody> Open(long offset, string? version, CancellationToken cancellation)
    {
        try
        {
            var process = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", command])
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
            process.StandardInput.Close();
            return Task.FromResult(new ShardBody(new Output(process, Name), 0, null, null));
        }
        catch (System.ComponentModel.Win32Exception failure)
        {
            throw new ShardUnreachableException($"the shell cannot be started: {failure.Message}", failure);
        }
    }

    /// <summary>Nobody knows before it runs, and that may be costly.</summary>
    public Task Look(CancellationToken cancellation) => Task.CompletedTask;

    /// <summary>What the command writes; at its end, whether it succeeded.</summary>
    private sealed class Output : Stream
    {
        private readonly Process process;
        private readonly string name;
        private string lastWord = "";

        public Output(Process process, string name)
        {
            (this.process, this.name) = (process, name);
            process.ErrorDataReceived += (_, line) => lastWord = string.IsNullOrWhiteSpace(line.Data) ? lastWord : line.Data.Trim();
            process.BeginErrorReadLine();
        }

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            // A read of a pipe does not hear of cancellation; it hears of the end of who writes.
            using var stop = cancellationToken.Register(Kill);
            var count = await process.StandardOutput.BaseStream.ReadAsync(buffer, CancellationToken.None).ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
            if (count > 0)
            {
                return count;
            }

            await process.WaitForExitAsync(cancellationToken).ConfigureAwait(false);
            return process.ExitCode switch
            {
                0 => 0,
                CannotRun or NotFound => throw new UserErrorException($"shard {name}: cannot be run ({Said()}). Check the command."),
                var code => throw new ShardUnreachableException($"the command ended with {code}: {Said()}"),
            };
        }

        public override int Read(byte[] buffer, int offset, int count)
            => ReadAsync(buffer.AsMemory(offset, count)).AsTask().GetAwaiter().GetResult();

        public override void Flush() => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                Kill();
                process.Dispose();
            }

            base.Dispose(disposing);
        }

        private string Said()
            => lastWord.Length > 0 ? ShownText.Of(ShardAddress.Shown($"pipe:{lastWord}")["pipe:".Length..]) : "it said nothing";

        private void Kill()
        {
            try
            {
                process.Kill(entireProcessTree: true);
            }
            catch (Exception gone) when (gone is InvalidOperationException or AggregateException)
            {
                // It, or some of what it started, has ended by itself.
            }
        }
    }
}
