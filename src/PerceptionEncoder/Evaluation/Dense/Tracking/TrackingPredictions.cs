using PerceptionEncoder.Training;

namespace PerceptionEncoder.Evaluation.Dense.Tracking;

/// <summary>Scores masks that somebody wrote, in DAVIS' result layout: <c>CLIP/00001.png</c>, indices of objects.</summary>
public static class TrackingPredictions
{
    /// <summary>Scores every clip of a set.</summary>
    /// <param name="set">The set.</param>
    /// <param name="folder">That holds a folder a clip.</param>
    /// <param name="results">Keeps tables and pictures.</param>
    /// <param name="cancellation">Stops between clips.</param>
    /// <exception cref="UserErrorException">
    /// The set is of no use; a mask is missing, of another size, has colours, or an object that the clip has not.
    /// </exception>
    public static EvaluationResult Score(TrackingSetOptions set, string folder, TrackingResults results, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(set);
        ArgumentNullException.ThrowIfNull(results);
        set.Check();
        var clips = TrackingFolder.Open(set);
        if (!Directory.Exists(folder))
        {
            throw new UserErrorException($"{folder}: no such folder. Name one that holds CLIP/00001.png of each clip.");
        }

        foreach (var path in clips.SelectMany(clip => clip.Scored.Select(frame => PathOf(folder, clip, frame))))
        {
            if (!File.Exists(path))
            {
                throw new UserErrorException($"{path}: no such mask; every frame that has a true mask needs one.");
            }
        }

        var scores = new List<ObjectScores>();
        foreach (var clip in clips)
        {
            cancellation.ThrowIfCancellationRequested();
            var masks = clip.Scored.ToDictionary(frame => frame, frame => Read(clip, PathOf(folder, clip, frame)));
            var scored = TrackingMetrics.Score(
                clip.Name,
                clip.Objects,
                masks.Select(each => (each.Value, clip.Truth(each.Key))),
                clip.Height,
                clip.Width);
            scores.AddRange(scored);
            if (!results.IsEmpty)
            {
                var frames = Enumerable.Range(0, clip.Frames.Count);
                byte[][] all = [.. frames.Select(frame => masks.GetValueOrDefault(frame) ?? Other(clip, frame))];
                results.Keep(new TrackedClip(clip, all, scored));
            }
        }

        return new EvaluationResult(set.Name, "tracking", TrackingMetrics.Of(scores), clips.Sum(clip => clip.Frames.Count), 0);

        // Frames that are not scored need no mask: what there is of one is shown.
        byte[] Other(TrackingClip clip, int frame) => frame == 0
            ? clip.Truth(0)
            : File.Exists(PathOf(folder, clip, frame)) ? Read(clip, PathOf(folder, clip, frame)) : new byte[clip.Height * clip.Width];
    }

    private static string PathOf(string folder, TrackingClip clip, int frame)
        => Path.Combine(folder, clip.Name, $"{clip.NameOf(frame)}.png");

    private static byte[] Read(TrackingClip clip, string path)
    {
        var mask = clip.ReadMask(path);
        var highest = DavisMasks.Objects(mask);
        return highest <= clip.Objects
            ? mask
            : throw new UserErrorException($"{path}: has object {highest}, but the first mask of {clip.Name} has {clip.Objects}.");
    }
}
