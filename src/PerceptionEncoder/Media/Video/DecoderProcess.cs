using System.ComponentModel;
using System.Diagnostics;
using System.IO.Pipes;
using System.Runtime.InteropServices;

namespace PerceptionEncoder.Media.Video;

/// <summary>A process that decodes clips for this one, one at a time; see <see cref="DecoderService"/>. It ends with this one, even where this one was killed.</summary>
internal sealed partial class DecoderProcess : IDisposable
{
    private const int SetPipeSize = 1031; // F_SETPIPE_SZ
    private readonly Process process;
    private readonly BinaryWriter requests;
    private readonly BinaryReader answers;

    /// <exception cref="UserErrorException">The program does not serve.</exception>
    public DecoderProcess(string program)
    {
        try
        {
            var start = new ProcessStartInfo(program, [DecoderService.Argument]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
            // Its garbage is a few large arrays a clip: nothing to collect in the background, and room to be used again.
            start.Environment["DOTNET_gcConcurrent"] = "0";
            start.Environment["DOTNET_GCRetainVM"] = "1";
            process = Process.Start(start)!;
        }
        catch (Win32Exception failure)
        {
            throw new UserErrorException($"{program}, which decodes clips, could not be started ({failure.Message}).", failure);
        }

        process.BeginErrorReadLine(); // what a dying decoder says is read and dropped: its exit code tells enough
        if (process.StandardOutput.BaseStream is PipeStream pipe && OperatingSystem.IsLinux())
        {
            // Frames come in megabytes: fewer turns between the two processes. What the system refuses stays as it is.
            _ = Control(pipe.SafePipeHandle, SetPipeSize, 1 << 20);
        }

        requests = new BinaryWriter(process.StandardInput.BaseStream);
        answers = new BinaryReader(new BufferedStream(process.StandardOutput.BaseStream, 1 << 16));
        try
        {
            Usable = answers.ReadString() == DecoderMessages.Greeting;
        }
        catch (Exception failure) when (failure is IOException or FormatException)
        {
            Usable = false;
        }

        if (!Usable)
        {
            Dispose();
            throw new UserErrorException($"{program} {DecoderService.Argument} does not answer as a decoder of this version.");
        }
    }

    /// <summary>Whether it can take another clip.</summary>
    public bool Usable { get; private set; }

    /// <exception cref="VideoException">As <see cref="IVideoReader.Read(string, FrameRequest, CancellationToken)"/>, or the process died of it.</exception>
    public DecodedClip Read(string path, FrameRequest request, VideoReaderOptions options, CancellationToken cancellation)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        stop.CancelAfter(options.Timeout);
        using var kill = stop.Token.Register(() => ChildProcess.Kill(process));
        try
        {
            Usable = false;
            DecoderMessages.WriteRequest(requests, path, request, options);
            var clip = DecoderMessages.ReadAnswer(answers);
            Usable = !stop.IsCancellationRequested;
            return clip;
        }
        catch (IOException)
        {
            cancellation.ThrowIfCancellationRequested();
            process.WaitForExit();
            throw stop.IsCancellationRequested ? VideoFaults.TimedOut(options.Timeout) : VideoFaults.Damaged($"the decoder died of it with exit code {process.ExitCode}");
        }
        catch (Exception answer) when (answer is VideoException or UserErrorException)
        {
            Usable = !stop.IsCancellationRequested;
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        ChildProcess.Kill(process);
        process.Dispose();
    }

    [LibraryImport("libc", EntryPoint = "fcntl")]
    private static partial int Control(SafeHandle handle, int command, int argument);
}
