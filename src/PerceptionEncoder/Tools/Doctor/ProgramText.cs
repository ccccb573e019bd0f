using System.ComponentModel;
using PerceptionEncoder.Media.Video;

namespace PerceptionEncoder.Tools.Doctor;

/// <summary>What a program prints when it is asked about itself.</summary>
internal static class ProgramText
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(20);

    /// <summary>The lines of its output; none where it is not there, fails or takes too long.</summary>
    public static IReadOnlyList<string> Lines(string program, IEnumerable<string> arguments)
    {
        var text = "";
        try
        {
            var code = ChildProcess.Run(program, arguments, Longest, Read, _ => { }, CancellationToken.None);
            return code == 0 ? text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) : [];
        }
        catch (Exception failure) when (failure is Win32Exception or TimeoutException)
        {
            return [];
        }

        void Read(Stream output)
        {
            using var reader = new StreamReader(output);
            text = reader.ReadToEnd();
        }
    }
}
