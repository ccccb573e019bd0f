using PerceptionEncoder.Data.Shards;

namespace PerceptionEncoder.Evaluation.Sets;

/// <summary>One image or clip of a set; nothing of its file is read before it is asked for.</summary>
/// <param name="Place">What holds it: shard, folder, or its own file.</param>
/// <param name="Key">Its key in the shard, its path below the folder, or its name in a list.</param>
/// <param name="Read">Gives what it is paired with and, from the decoder, its pixels; throws <see cref="BadSampleException"/> or
/// <c>ImageException</c> where it cannot be used.</param>
internal sealed record SetItem<T>(string Place, string Key, Func<ItemDecoder, (T Annotation, byte[] Pixels)> Read)
{
    /// <summary>A sample of a shard.</summary>
    public static SetItem<T> OfSample(Sample sample, Func<Sample, T> annotate)
        => new(sample.Shard, sample.Key, decoder => (annotate(sample), decoder.Read(sample)));

    /// <summary>A file of its own, under the name and in the place that messages give it.</summary>
    public static SetItem<T> OfFile(string place, string key, Func<string> find, Func<T> annotate)
        => new(place, key, decoder => (annotate(), decoder.Read(find())));
}
