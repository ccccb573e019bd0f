using System.Globalization;
using System.Text.RegularExpressions;

namespace PerceptionEncoder.Media.Video;

/// <summary>What ffmpeg says while it decodes: its version, the time stamp of every decoded frame, and what it complains of.</summary>
internal sealed partial class FFmpegLog
{
    private const int ComplaintsKept = 2;
    private readonly List<double> seconds = [];
    private static readonly string[] Verdicts = [VideoFaults.NotOnTheList, VideoFaults.LargerThanAllowed];
    private readonly Queue<string> complaints = [];
    private string? verdict;

    /// <summary>The first version whose showinfo can do without checksums.</summary>
    public static Version OldestVersion { get; } = new(4, 4);

    /// <summary>Null for a build without a release number.</summary>
    public Version? Version { get; private set; }

    /// <summary>One for each decoded frame, in display order; NaN where there is no time stamp.</summary>
    public IReadOnlyList<double> Seconds => seconds;

    /// <summary>The last error lines, and before them the first one that says why the clip was refused.</summary>
    public IReadOnlyCollection<string> Complaints => verdict is null ? complaints : [verdict, .. complaints];

    /// <summary>The filter graph was rebuilt in the middle, which starts the count of frames anew.</summary>
    public bool SizeChanged { get; private set; }

    /// <summary>One line at <c>-loglevel level+info</c>.</summary>
    public void Read(string line)
    {
        if (FrameLine().Match(line) is { Success: true } frame)
        {
            SizeChanged |= int.Parse(frame.Groups[1].ValueSpan, CultureInfo.InvariantCulture) != seconds.Count;
            seconds.Add(double.TryParse(frame.Groups[2].ValueSpan, CultureInfo.InvariantCulture, out var time) ? time : double.NaN);
        }
        else if (ErrorLine().Match(line) is { Success: true } error)
        {
            var complaint = error.Groups[1].Value.Trim();
            verdict ??= Array.Exists(Verdicts, phrase => complaint.Contains(phrase, StringComparison.Ordinal)) ? complaint : null;
            complaints.Enqueue(complaint);
            if (complaints.Count > ComplaintsKept)
            {
                complaints.Dequeue();
            }
        }
        else if (Version is null && VersionLine().Match(line) is { Success: true } version)
        {
            Version = Version.Parse(version.Groups[1].ValueSpan);
        }
    }

    [GeneratedRegex(@"^\[Parsed_showinfo_\d+ @ \w+\] \[info\] n: *(\d+) .*?\bpts_time:(\S+)")]
    private static partial Regex FrameLine();

    [GeneratedRegex(@"^(?:\[[^\]]+ @ \w+\] )*\[(?:error|fatal|panic)\] (.+)")]
    private static partial Regex ErrorLine();

    [GeneratedRegex(@"^(?:\[info\] )?ffmpeg version n?(\d+\.\d+)")]
    private static partial Regex VersionLine();
}
