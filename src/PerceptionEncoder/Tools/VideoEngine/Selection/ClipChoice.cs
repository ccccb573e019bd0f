using System.Globalization;
using PerceptionEncoder.Search;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tools.VideoEngine.Selection;

// n clips · C the feature's dimension
/// <summary>
/// Chooses among measured clips: rules first, then near-duplicates, then the best of each kind. The same clips and options give the same
/// choice.
/// </summary>
/// <remarks>Perception Encoder, A.2.1: clips are sorted by k-means on frame embeddings, and the top-ranked of each kind are kept.</remarks>
/// <param name="options">Limits and shares.</param>
/// <param name="clips">In the order of their shards.</param>
internal sealed class ClipChoice(SelectionOptions options, IReadOnlyList<MeasuredClip> clips)
{
    private const string Kept = "kept";
    private const string Rank = "rank";
    private const int RowsAtOnce = 1 << 13;

    private readonly ChosenClip?[] chosen = new ChosenClip?[clips.Count];
    private readonly Dictionary<int, int> copies = [];
    private bool isSifted;

    /// <summary>Kinds that clips were sorted into; 0 before.</summary>
    public int Clusters { get; private set; }

    /// <summary>Drops what breaks a rule or comes twice.</summary>
    /// <param name="cancellation">Stops.</param>
    /// <returns>Indices of those that are left.</returns>
    public IReadOnlyList<int> Sift(CancellationToken cancellation)
    {
        isSifted = true;
        var rules = new ClipRules(options);
        for (var clip = 0; clip < clips.Count; clip++)
        {
            if (rules.Broken(clips[clip]) is var (reason, detail))
            {
                chosen[clip] = new ChosenClip(clips[clip], false, reason, detail);
            }
        }

        DropDuplicates("same pictures", ClipDuplicates.ByHash(clips, Left(), options.HashDistance, cancellation));
        if (HasFeatures(Left()))
        {
            DropDuplicates("same content", ClipDuplicates.ByFeature(clips, Left(), options.Cosine, cancellation));
        }

        foreach (var clip in copies.Keys)
        {
            var stays = clips[ClipDuplicates.Last(copies, clip)];
            chosen[clip] = chosen[clip]! with { Detail = $"as {stays.Key}", DuplicateOf = stays.Source };
        }

        return Left();
    }

    /// <summary>What becomes of each: what is left of sifting, and keeps its place by what was answered, is ranked.</summary>
    /// <param name="scorer">Ranks them; null ranks by motion.</param>
    /// <param name="cancellation">Stops.</param>
    public IReadOnlyList<ChosenClip> Choose(ClipScorer? scorer, CancellationToken cancellation)
    {
        foreach (var clip in isSifted ? Left() : Sift(cancellation))
        {
            if (clips[clip].Answers.FirstOrDefault(answer => answer.Drops) is { } answer)
            {
                var said = answer.IsYes == true ? "answered yes" : "answered no";
                chosen[clip] = new ChosenClip(clips[clip], false, $"question {answer.Question.Name}", said);
            }
        }

        var left = Left();
        var hasFeatures = HasFeatures(left);
        var scores = Scores(left, scorer);
        var kinds = hasFeatures ? Cluster(left, cancellation) : new int[left.Length];
        Clusters = kinds.Length == 0 ? 0 : kinds.Max() + 1;
        foreach (var kind in Enumerable.Range(0, left.Length).GroupBy(place => kinds[place]))
        {
            var ordered = kind.OrderByDescending(place => scores[place]).ThenBy(place => place).ToArray();
            var kept = (int)Math.Ceiling(options.Keep * ordered.Length);
            foreach (var (rank, place) in ordered.Index())
            {
                var detail = string.Create(CultureInfo.InvariantCulture, $"{rank + 1} of {ordered.Length}");
                chosen[left[place]] = new ChosenClip(clips[left[place]], rank < kept, rank < kept ? Kept : Rank, detail)
                {
                    Cluster = kind.Key,
                    Rank = rank + 1,
                    Score = scores[place],
                };
            }
        }

        return chosen!;
    }

    private bool HasFeatures(int[] left) => left.Length > 0 && left.All(clip => clips[clip].Embedding is not null);

    private int[] Left() => [.. Enumerable.Range(0, clips.Count).Where(clip => chosen[clip] is null)];

    private void DropDuplicates(string reason, Dictionary<int, int> gone)
    {
        foreach (var (clip, stays) in gone)
        {
            copies.Add(clip, stays);
            chosen[clip] = new ChosenClip(clips[clip], false, reason, "");
        }
    }

    /// <summary>Number of the kind of each, the largest kind first.</summary>
    private int[] Cluster(int[] left, CancellationToken cancellation)
    {
        var wanted = options.Clusters > 0 ? options.Clusters : (int)Math.Round(Math.Sqrt(left.Length));
        using var scope = NewDisposeScope();
        var rows = Features(left);
        var centres = MiniBatchKMeans.Centres(rows, Math.Clamp(wanted, 1, left.Length), options.Seed, cancellation);
        var nearest = new long[left.Length];
        for (var start = 0; start < left.Length; start += RowsAtOnce)
        {
            cancellation.ThrowIfCancellationRequested();
            using var turn = NewDisposeScope();
            var some = rows.narrow(0, start, Math.Min(RowsAtOnce, left.Length - start)).to(float32);
            SphericalKMeans.Nearest(some, centres).Centers.data<long>().ToArray().CopyTo(nearest, start);
        }

        var order = nearest.GroupBy(centre => centre).OrderByDescending(group => group.Count()).ThenBy(group => group.Key)
            .Select((group, place) => (group.Key, place)).ToDictionary(pair => pair.Key, pair => pair.place);
        return [.. nearest.Select(centre => order[centre])];
    }

    /// <returns>float16 [n, C]: as it is kept, since there may be millions.</returns>
    private Tensor Features(int[] left)
    {
        var width = clips[left[0]].Embedding!.Length / 2;
        var rows = empty([left.Length, width], float16);
        foreach (var (block, some) in left.Chunk(RowsAtOnce).Index())
        {
            using var turn = NewDisposeScope();
            var numbers = new float[some.Length * width];
            foreach (var (row, clip) in some.Index())
            {
                ClipFeatures.Unpacked(clips[clip].Embedding!).CopyTo(numbers, row * width);
            }

            rows.narrow(0, (long)block * RowsAtOnce, some.Length).copy_(tensor(numbers).view(some.Length, width));
        }

        return rows;
    }

    /// <summary>
    /// The scorer's probability; else how many clips move less, from 0 to 1, lowered by what is black, still or cut. Vectors and
    /// differences of pictures have no common measure, so that each clip is compared with those of its own sort.
    /// </summary>
    private double[] Scores(int[] left, ClipScorer? scorer)
    {
        if (scorer is not null)
        {
            return [.. left.Select(clip => scorer[clip])];
        }

        var scores = new double[left.Length];
        foreach (var sort in Enumerable.Range(0, left.Length).GroupBy(place => clips[left[place]].Motion is null))
        {
            var ordered = sort.OrderBy(place => clips[left[place]].Motion ?? clips[left[place]].Frames!.Difference).ThenBy(place => place)
                .ToArray();
            foreach (var (rank, place) in ordered.Index())
            {
                var frames = clips[left[place]].Frames!;
                scores[place] = (rank + 1.0) / ordered.Length * (1 - frames.Black) * (1 - frames.Still) / (1 + frames.Cuts);
            }
        }

        return scores;
    }
}
