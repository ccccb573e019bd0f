using System.Buffers.Binary;
using PerceptionEncoder.Data.Samples;
using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Inference;
using PerceptionEncoder.Media;
using PerceptionEncoder.Media.Images;
using PerceptionEncoder.Media.Video;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tools.VideoEngine.Selection;

// B clips · F frames · C the feature's dimension
/// <summary>
/// The encoder's features of clips, at unit length and as float16: two bytes a number, and a cosine moves by less than 0.001.
/// </summary>
internal sealed class ClipFeatures : IDisposable
{
    private readonly ClipEncoder encoder;
    private readonly ClipTransform transform;

    /// <param name="options">Checkpoint and frames.</param>
    /// <param name="reader">Decodes clips.</param>
    /// <param name="cancellation">Stops decoders.</param>
    /// <exception cref="UserErrorException">The checkpoint cannot be used.</exception>
    public ClipFeatures(SelectionOptions options, IVideoReader reader, CancellationToken cancellation)
    {
        encoder = ClipEncoder.Open(options.Checkpoint!, options.Compute, options.Precision, vocabulary: options.Vocabulary);
        transform = new ClipTransform(
            new ClipDecoder(reader, options.Frames, cancellation: cancellation),
            encoder.Resolution,
            ImageFit.Squash);
    }

    /// <summary>The frames of a sample as the encoder takes them, [F, 3, side, side]; on any thread.</summary>
    /// <exception cref="BadSampleException">It is no usable clip.</exception>
    /// <exception cref="ImageException">A stored frame cannot be decoded.</exception>
    public byte[] Prepare(Sample sample)
        => transform.Read(sample, [.. sample.Members.Keys.Where(name => MediaFiles.IsVideo($".{name}"))]);

    /// <summary>Features of what <see cref="Prepare"/> made, C numbers of two bytes each.</summary>
    public byte[][] Encode(IReadOnlyList<byte[]> clips)
    {
        using var scope = NewDisposeScope();
        var features = nn.functional.normalize(encoder.EncodeClips(transform.Stack(clips)), dim: -1).cpu();     // [B, C]
        var numbers = features.contiguous().data<float>().ToArray();
        return [.. numbers.Chunk(numbers.Length / clips.Count).Select(Packed)];
    }

    /// <summary>The numbers of a feature.</summary>
    public static float[] Unpacked(byte[] packed)
    {
        var numbers = new float[packed.Length / 2];
        for (var i = 0; i < numbers.Length; i++)
        {
            numbers[i] = (float)BinaryPrimitives.ReadHalfLittleEndian(packed.AsSpan(2 * i));
        }

        return numbers;
    }

    /// <inheritdoc/>
    public void Dispose() => encoder.Dispose();

    private static byte[] Packed(float[] numbers)
    {
        var packed = new byte[2 * numbers.Length];
        for (var i = 0; i < numbers.Length; i++)
        {
            BinaryPrimitives.WriteHalfLittleEndian(packed.AsSpan(2 * i), (Half)numbers[i]);
        }

        return packed;
    }
}
