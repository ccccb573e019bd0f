using PerceptionEncoder.Data.Items;
using PerceptionEncoder.Data.Samples;
using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Media;
using PerceptionEncoder.Media.Images;
using PerceptionEncoder.Serialization;

namespace PerceptionEncoder.Tools.Robustness;

/// <summary>
/// Copies of an evaluation set whose pictures are blurred, noisy, dark, reduced to edges, turned in hue or partly covered: what accuracy is
/// left on them says how robust a model is. Byte for byte the same for the same set and seed.
/// </summary>
public static class RobustnessDataset
{
    private const int SamplesAtOnce = 512;

    /// <summary>The sets that are written, in order.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Corruption.All.Select(corruption => corruption.Name)];

    /// <summary>
    /// Writes one folder for each of <see cref="Names"/>, laid out as the set itself, into one that is complete or absent.
    /// </summary>
    /// <param name="data">A set in CLIP-benchmark's layout.</param>
    /// <param name="split">Its split.</param>
    /// <param name="output">New or empty folder.</param>
    /// <param name="seed">Of noise, hues and places.</param>
    /// <param name="log">Takes one line for each sample that cannot be used.</param>
    /// <param name="cancellation">Stops the writing; nothing is left of it.</param>
    /// <returns>Pictures of each set.</returns>
    /// <exception cref="UserErrorException">
    /// The set cannot be read or has no usable picture, or the output is not empty or cannot be written.
    /// </exception>
    public static int Write(
        string data,
        string split,
        string output,
        ulong seed,
        Action<string> log,
        CancellationToken cancellation = default)
    {
        var source = ClipBenchmarkFolder.Open(data, split);
        if (Directory.Exists(output) && Directory.EnumerateFileSystemEntries(output).Any())
        {
            throw new UserErrorException($"{output}: not empty; name a new folder for the robustness sets or delete this one first.");
        }

        var written = 0;
        AtomicFolder.Write(output, folder =>
        {
            var shards = new List<ShardWriter>();
            try
            {
                foreach (var name in Names)
                {
                    Directory.CreateDirectory(Path.Combine(folder, name, split));
                    File.WriteAllText(Path.Combine(folder, name, split, "nshards.txt"), "1\n");
                    foreach (var file in Directory.GetFiles(data, "*.txt"))
                    {
                        File.Copy(file, Path.Combine(folder, name, Path.GetFileName(file)));
                    }

                    shards.Add(new ShardWriter(Path.Combine(folder, name, split, "0.tar")));
                }

                written = Write(source, shards, seed, log, cancellation);
            }
            finally
            {
                shards.ForEach(shard => shard.Dispose());
            }

            if (written == 0)
            {
                throw new UserErrorException(
                    $"data set {data}: no usable picture in {split}. Give a folder of image members in CLIP-benchmark's layout.");
            }
        });
        return written;
    }

    private static int Write(
        ClipBenchmarkFolder source,
        List<ShardWriter> shards,
        ulong seed,
        Action<string> log,
        CancellationToken cancellation)
    {
        var faults = new BadSamples();
        faults.Found += fault => log($"{fault.Reason}: {fault.Shard}{(fault.Key is null ? "" : $", sample {fault.Key}")}: {fault.Detail}");
        var decoder = ImageDecoders.Default;
        var (written, index) = (0, 0);
        foreach (var samples in SampleReader.ReadShards(source.Shards, faults).Chunk(SamplesAtOnce))
        {
            var pictures = new byte[samples.Length][][];
            var problems = new string?[samples.Length];
            var first = index;
            Parallel.For(0, samples.Length, new ParallelOptions { CancellationToken = cancellation }, i =>
            {
                try
                {
                    var image = Decode(decoder, samples[i]);
                    pictures[i] = [.. Corruption.All.Select(
                        (corruption, number) => Encode(corruption.Apply(image, Random(seed, number, first + i))))];
                }
                catch (Exception bad) when (bad is BadSampleException or ImageException)
                {
                    problems[i] = bad.Message;
                }
            });
            index += samples.Length;
            foreach (var (i, sample) in samples.Index())
            {
                if (problems[i] is { } problem)
                {
                    log($"sample {sample.Key} in {sample.Shard} is left out: {problem}");
                    continue;
                }

                var others = sample.Members.Where(member => !MediaFiles.Images.Contains(member.Key))
                    .Select(member => (member.Key, member.Value)).ToArray();
                for (var number = 0; number < shards.Count; number++)
                {
                    shards[number].Write(sample.Key, [("png", pictures[i][number]), .. others]);
                }

                written++;
            }
        }

        return written;
    }

    private static byte[] Encode(PlanarImage image) => PngEncoder.Encode(DecodedImage.OfPlanes(image.Planes, image.Height, image.Width));

    private static SampleRandom Random(ulong seed, int corruption, int index)
        => new(SampleRandom.Mix(seed, (ulong)RandomStream.Corruption, (ulong)corruption, (ulong)index));

    private static PlanarImage Decode(IImageDecoder decoder, Sample sample)
    {
        var file = MediaFiles.Images.Where(sample.Members.ContainsKey).Select(extension => sample.Members[extension]).FirstOrDefault();
        if (file.IsEmpty)
        {
            throw new BadSampleException(
                CaptionedImage.MissingImage,
                $"no {string.Join(", ", MediaFiles.Images)} of at least one byte among {sample.List()}");
        }

        var decoded = decoder.Decode(file.Span, IImageDecoder.DefaultMaximumPixels);
        return new PlanarImage(decoded.Height, decoded.Width, new ImageTransform(decoded.Height, decoded.Width).Apply(decoded));
    }
}
