using PerceptionEncoder.Data.Shards;

namespace PerceptionEncoder.Evaluation.Video;

/// <summary>One clip of an evaluation set; nothing of its file is read before it is asked for.</summary>
/// <param name="Key">Path of the file, its name in a list, or the sample's key in its shard.</param>
/// <param name="Place">What holds it: shard, folder, or its own file.</param>
/// <param name="Sample">Where it is in a shard.</param>
/// <param name="Annotate">Gives what it is paired with; throws <see cref="BadSampleException"/> where there is none.</param>
internal sealed record VideoClip<T>(string Key, string Place, Sample? Sample, Func<T> Annotate)
{
    /// <summary>Gives the path of a clip that is a file; throws <see cref="BadSampleException"/> where there is none.</summary>
    public Func<string> Find { get; init; } = () => Key;

    /// <summary>A clip that is a file.</summary>
    public static VideoClip<T> OfFile(string path, Func<T> annotate) => new(path, path, null, annotate);

    /// <summary>A clip of a shard.</summary>
    public static VideoClip<T> OfSample(Sample sample, Func<T> annotate) => new(sample.Key, sample.Shard, sample, annotate);
}
