using System.ComponentModel;
using System.Diagnostics;

namespace PerceptionEncoder.Media.Video;

/// <summary>
/// A process that decodes clips for this one, one at a time; see <see cref="DecoderService"/>. It ends with this one, even where this one
/// was killed.
/// </summary>
internal sealed class DecoderProcess : IDisposable
{
    private readonly FrameMemory memory = new();
    private readonly Process process;
    private readonly BinaryWriter requests;
    private readonly BinaryReader answers;

    /// <exception cref="UserErrorException">The program does not serve.</exception>
    public DecoderProcess(string program)
    {
        try
        {
            process = Process.Start(new ProcessStartInfo(program, [DecoderService.Argument])
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
        }
        catch (Win32Exception failure)
        {
            memory.Dispose();
            throw new UserErrorException($"{program}, which decodes clips, could not be started ({failure.Message}).", failure);
        }

        process.BeginErrorReadLine(); // what a dying decoder says is read and dropped: its exit code tells enough
        requests = new BinaryWriter(process.StandardInput.BaseStream);
        answers = new BinaryReader(new BufferedStream(process.StandardOutput.BaseStream));
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

    /// <exception cref="VideoException">
    /// As <see cref="IVideoReader.Read(string, FrameRequest, CancellationToken)"/>, or the process died of it.
    /// </exception>
    public DecodedClip Read(string path, FrameRequest request, VideoReaderOptions options, CancellationToken cancellation)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        stop.CancelAfter(options.Timeout);
        using var kill = stop.Token.Register(() => ChildProcess.Kill(process));
        try
        {
            Usable = false;
            DecoderMessages.WriteRequest(requests, memory.Path, path, request, options);
            var clip = DecoderMessages.ReadAnswer(answers, memory, request);
            Usable = !stop.IsCancellationRequested;
            return clip;
        }
        catch (IOException)
        {
            cancellation.ThrowIfCancellationRequested();
            process.WaitForExit();
            throw stop.IsCancellationRequested
                ? VideoFaults.TimedOut(options.Timeout)
                : VideoFaults.Damaged($"the decoder died of it with exit code {process.ExitCode}");
        }
        catch (Exception wrong) when (wrong is InvalidDataException or FormatException)
        {
            throw VideoFaults.Damaged($"the decoder answered with {wrong.Message}");
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
        memory.Dispose();
    }
}
