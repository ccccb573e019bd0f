using System.CommandLine;
using PerceptionEncoder.Media.Video;

namespace PerceptionEncoder.Cli;

/// <summary>
/// <c>pe decode-clips</c>: what other <c>pe</c> processes start to decode clips apart from themselves; of no use at a terminal.
/// </summary>
internal static class DecodeClipsCommand
{
    public static Command Create()
    {
        var command = new Command(DecoderService.Argument, "Decode clips for another process.") { Hidden = true };
        command.SetAction(_ =>
        {
            // Ctrl-C reaches the whole group of processes; this one ends when the other closes its input.
            StopSignals.Current.Ignored = true;
            DecoderService.Serve(Console.OpenStandardInput(), Console.OpenStandardOutput());
        });
        return command;
    }
}
