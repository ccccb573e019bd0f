using System.Runtime.InteropServices;
using PerceptionEncoder.Search;

namespace PerceptionEncoder.Tools.VideoEngine.Selection;

/// <summary>
/// Finds clips that are the same, by perceptual hashes and by the encoder's features; of each group the one with most pixels stays, of
/// equals the longest, of these the first.
/// </summary>
internal static class ClipDuplicates
{
    /// <summary>Those that go, and the one that stays for each: by hashes.</summary>
    /// <param name="clips">All of them.</param>
    /// <param name="left">Indices of those that are compared.</param>
    /// <param name="distance">Bits of 64 that may differ on average; below 0 nothing is found.</param>
    /// <param name="cancellation">Stops between two clips.</param>
    /// <remarks>
    /// Each is compared with all that stay, which for 100,000 clips are 5 x 10^9 comparisons of three words: some ten seconds.
    /// </remarks>
    public static Dictionary<int, int> ByHash(
        IReadOnlyList<MeasuredClip> clips,
        IEnumerable<int> left,
        double distance,
        CancellationToken cancellation)
    {
        var gone = new Dictionary<int, int>();
        if (distance < 0)
        {
            return gone;
        }

        var (stay, words) = (new List<int>(), new List<ulong>());
        foreach (var clip in InOrder(clips, left))
        {
            cancellation.ThrowIfCancellationRequested();
            ulong[] own = [.. clips[clip].Hashes];
            var all = CollectionsMarshal.AsSpan(words);
            var found = -1;
            for (var place = 0; place < stay.Count && found < 0; place++)
            {
                found = PerceptualHash.Distance(own, all.Slice(place * own.Length, own.Length)) <= distance ? stay[place] : -1;
            }

            if (found >= 0)
            {
                gone.Add(clip, found);
            }
            else
            {
                stay.Add(clip);
                words.AddRange(own);
            }
        }

        return gone;
    }

    /// <summary>The same by features; chains of near pairs are one group.</summary>
    /// <param name="clips">All of them.</param>
    /// <param name="left">Indices of those that are compared, all with features.</param>
    /// <param name="cosine">From which two are one; above 1 nothing is found.</param>
    /// <param name="cancellation">Stops between two blocks.</param>
    public static Dictionary<int, int> ByFeature(
        IReadOnlyList<MeasuredClip> clips,
        IReadOnlyList<int> left,
        double cosine,
        CancellationToken cancellation)
    {
        var gone = new Dictionary<int, int>();
        if (cosine > 1 || left.Count < 2)
        {
            return gone;
        }

        using var index = new SearchIndex(clips[left[0]].Embedding!.Length / 2);
        foreach (var clip in left)
        {
            index.Add(clips[clip].Key, ClipFeatures.Unpacked(clips[clip].Embedding!));
        }

        foreach (var group in index.Groups((float)cosine, cancellation))
        {
            var ordered = InOrder(clips, group.Select(row => left[row])).ToArray();
            foreach (var clip in ordered[1..])
            {
                gone.Add(clip, ordered[0]);
            }
        }

        return gone;
    }

    /// <summary>The clip that each stands for, itself where it is like no other: by hashes, then by features where all have some.</summary>
    /// <param name="clips">All of them.</param>
    /// <param name="which">Indices of those that are compared.</param>
    /// <param name="distance">As of <see cref="ByHash"/>.</param>
    /// <param name="cosine">As of <see cref="ByFeature"/>.</param>
    /// <param name="cancellation">Stops.</param>
    public static Dictionary<int, int> Groups(
        IReadOnlyList<MeasuredClip> clips,
        IReadOnlyList<int> which,
        double distance,
        double cosine,
        CancellationToken cancellation)
    {
        var gone = ByHash(clips, which, distance, cancellation);
        int[] left = [.. which.Where(clip => !gone.ContainsKey(clip))];
        if (left.All(clip => clips[clip].Embedding is not null))
        {
            foreach (var (clip, stays) in ByFeature(clips, left, cosine, cancellation))
            {
                gone.Add(clip, stays);
            }
        }

        return which.ToDictionary(clip => clip, clip => Last(gone, clip));
    }

    /// <summary>The one that stays in the end, where the one that stays for a clip has gone for another.</summary>
    public static int Last(IReadOnlyDictionary<int, int> gone, int clip)
    {
        while (gone.TryGetValue(clip, out var stays))
        {
            clip = stays;
        }

        return clip;
    }

    private static IEnumerable<int> InOrder(IReadOnlyList<MeasuredClip> clips, IEnumerable<int> which)
        => which.OrderByDescending(clip => (long)clips[clip].Width * clips[clip].Height)
            .ThenByDescending(clip => clips[clip].Seconds).ThenBy(clip => clip);
}
