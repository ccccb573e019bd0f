using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using PerceptionEncoder.Data.Remote;
using PerceptionEncoder.Data.Samples;
using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Inference;
using PerceptionEncoder.Media.Images;
using PerceptionEncoder.Serialization;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tools.TeacherMaps;

// N places of a map = g² · E channels
/// <summary>
/// Shards of images to shards of the same images with the maps of a per-pixel teacher beside them, since the teacher costs far more than
/// the student that learns from them [B.3.1]. A shard has its name once it is complete, and a complete one is not computed again.
/// </summary>
/// <param name="options">What is stored.</param>
/// <param name="segmenter">SAM 2.1.</param>
/// <param name="teacher">Hash of its weights.</param>
public sealed class TeacherMapExtraction(TeacherMapOptions options, Segmenter segmenter, string teacher)
{
    private const string SettingsName = "maps.json";

    /// <summary>Places of a map whose cosines are compared, so that the comparison costs little beside the teacher.</summary>
    private const int ComparedPlaces = 1024;

    /// <summary>Writes some shards for each given.</summary>
    /// <param name="shards">A pattern of tars as <see cref="SourceOptions.Shards"/> takes it.</param>
    /// <param name="folder">Made if absent.</param>
    /// <param name="bad">Takes what cannot be used.</param>
    /// <param name="progress">Told the number of images stored so far.</param>
    /// <param name="cancellation">Stops between images; complete shards stay.</param>
    /// <exception cref="UserErrorException">
    /// A shard cannot be read or written, two have one name, or the folder holds maps of another teacher or other settings.
    /// </exception>
    public TeacherMapSummary Run(
        string shards,
        string folder,
        BadSamples bad,
        Action<long>? progress = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(bad);
        var clock = Stopwatch.StartNew();
        var paths = ShardOrder.Find(shards);
        if (paths.GroupBy(NameOf).FirstOrDefault(group => group.Count() > 1) is { } twice)
        {
            throw new UserErrorException($"{ShardAddress.Shown(twice.First())} and {ShardAddress.Shown(twice.Last())} would both become "
                + $"{Path.Combine(folder, twice.Key)}: write them into folders of their own.");
        }

        AtomicFolder.Create(folder);
        DemandSameSettings(folder);
        var (resumed, written, stored, error, before) = (0, 0, 0L, 0.0, bad.Skipped);
        foreach (var path in paths)
        {
            var piece = 0;
            while (File.Exists(PieceOf(folder, path, piece)))
            {
                piece++;
            }

            resumed += piece;
            foreach (var samples in SampleReader.ReadShards([path], bad, skip: (long)piece * options.ShardSamples)
                .Chunk(options.ShardSamples))
            {
                AtomicFile.Write(PieceOf(folder, path, piece++), temporary =>
                {
                    using var writer = new ShardWriter(temporary);
                    foreach (var sample in samples)
                    {
                        cancellation.ThrowIfCancellationRequested();
                        if (Extract(sample, bad) is { } extracted)
                        {
                            writer.Write(sample.Key, extracted.Members);
                            error += extracted.Error;
                            stored++;
                            progress?.Invoke(stored);
                        }
                    }
                });
                written++;
            }
        }

        return new TeacherMapSummary(
            resumed + written,
            resumed,
            stored,
            bad.Skipped - before,
            options.BytesPerImage,
            error / stored,
            clock.Elapsed.TotalSeconds);
    }

    private static string NameOf(string shard)
    {
        var name = Path.GetFileName(ShardAddress.PathOf(shard));
        var end = name.IndexOf(".tar", StringComparison.OrdinalIgnoreCase);
        return end > 0 ? name[..end] : name;
    }

    private static string PieceOf(string folder, string shard, int piece)
        => Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"{NameOf(shard)}-{piece:00000}.tar"));

    /// <summary>What decides a map is written once; a folder never mixes two kinds.</summary>
    private void DemandSameSettings(string folder)
    {
        var (path, settings) = (Path.Combine(folder, SettingsName), JsonSerializer.Serialize(new
        {
            teacher,
            type = $"{segmenter.Type}",
            image_size = segmenter.Options.ImageSize,
            points_per_side = options.PointsPerSide,
            grid = options.Grid,
            components = options.Components,
            shard_samples = options.ShardSamples,
        }));
        if (!File.Exists(path))
        {
            AtomicFile.WriteAllText(path, settings);
        }
        else if (UserText.Read(path).Trim() != settings)
        {
            throw new UserErrorException(
                $"{folder}: holds maps of another teacher or with other settings ({path}). Choose another folder.");
        }
    }

    private (IReadOnlyList<(string, ReadOnlyMemory<byte>)> Members, double Error)? Extract(Sample sample, BadSamples bad)
    {
        BadSample? fault = null;
        try
        {
            var file = CaptionedImage.FindImage(sample, new SourceOptions { Shards = sample.Shard });
            var (map, error) = Map(ImageDecoders.Default.Decode(file.Span, options.MaxPixels));
            return ([
                .. sample.Members.Where(member => member.Key is not (TeacherMap.ArrayMember or TeacherMap.NoteMember))
                    .Select(member => (member.Key, member.Value)),
                (TeacherMap.ArrayMember, map),
                (TeacherMap.NoteMember, TeacherMap.NoteOf(file.Span)),
            ], error);
        }
        catch (BadSampleException unusable)
        {
            fault = new BadSample(unusable.Reason, sample.Shard, sample.Key, unusable.Message);
            return null;
        }
        catch (ImageException unusable)
        {
            fault = new BadSample(unusable.Reason, sample.Shard, sample.Key, unusable.Message);
            return null;
        }
        finally
        {
            bad.AddDraw(fault);
        }
    }

    /// <summary>The map of an image, and how far the cosines of its places come out from what they were.</summary>
    private (byte[] Array, double Error) Map(DecodedImage decoded)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var (width, height) = (decoded.Width, decoded.Height);
        using var picture = segmenter.Encode(ImageStack.Of([new ImageTransform(height, width).Apply(decoded)], height, width)[0]);
        var whole = segmenter.GridLogits(picture, options.PointsPerSide, options.Grid, options.Grid).flatten(0, 1).cpu();     // [N, E]
        var kept = (options.Components > 0 ? MostOf(whole, options.Components) : whole).to(float16);
        var some = arange(0, whole.shape[0], Math.Max(1, whole.shape[0] / ComparedPlaces), int64);
        var error = (Cosines(whole.index_select(0, some)) - Cosines(kept.index_select(0, some).to(float32))).abs().mean().item<float>();
        return (TeacherMap.Write(kept.t().contiguous().view(-1, options.Grid, options.Grid)), error);
    }

    /// <summary>
    /// Coordinates along the directions in which the places' vectors are longest: of all with so many channels, those whose products are
    /// the nearest. What there is too few places for is 0.
    /// </summary>
    private static Tensor MostOf(Tensor whole, int components)
    {
        using var scope = NewDisposeScope();
        var (left, sizes, _) = linalg.svd(whole, fullMatrices: false);
        var most = Math.Min(components, sizes.shape[0]);
        var coordinates = left.narrow(1, 0, most) * sizes.narrow(0, 0, most);                                // [N, r]
        return nn.functional.pad(coordinates, [0L, components - most]).MoveToOuterDisposeScope();
    }

    private static Tensor Cosines(Tensor places)
    {
        using var scope = NewDisposeScope();
        var unit = nn.functional.normalize(places, p: 2, dim: -1);
        return matmul(unit, unit.t()).MoveToOuterDisposeScope();
    }
}
