using System.Buffers.Binary;
using System.Security.Cryptography;
using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Media;
using PerceptionEncoder.Media.Images;
using PerceptionEncoder.Media.Video;
using PerceptionEncoder.Tokenization;

namespace PerceptionEncoder.Tools.Inspection;

/// <summary>
/// Looks at one sample: sizes come from headers and no pixel is decoded, so that the hash of the bytes is most of the work. Safe to share
/// between threads.
/// </summary>
/// <param name="texts">Reads texts.</param>
/// <param name="tokenizer">Counts their tokens; null leaves them out.</param>
/// <param name="clips">Opens the few clips whose header is not read here; null where there is no ffmpeg.</param>
/// <param name="cancellation">Stops the opening of a clip.</param>
internal sealed class SampleInspector(
    SampleTexts texts,
    ITokenizer? tokenizer,
    Lazy<IVideoReader?> clips,
    CancellationToken cancellation)
{
    /// <summary>Of a clip that is used as far as it goes.</summary>
    public const string CutClip = "clip cut short";

    private const string UnknownClip = "unknown clip format";
    private const int SpecialTokens = 2;

    private static readonly (byte[] Start, string Name)[] Formats =
    [
        ([.. JpegFile.Signature], "jpeg"), ([.. PngFile.Signature], "png"), ([.. WebPFile.Signature], "webp"),
        ([.. GifFile.Signature], "gif"), ([.. BmpFile.Signature], "bmp"), ([.. "P5"u8], "pgm"), ([.. "P6"u8], "ppm"),
    ];

    /// <summary>What the sample is.</summary>
    public SampleLook Look(Sample sample)
    {
        var (bad, fields) = (new List<BadSample>(), new List<(string Name, string Holds)>());
        var found = texts.Read(sample, fields, bad)
            .Select(text => new TextLook(text.Place, text.Text, Tokens(text.Text), WritingScript.Of(text.Text))).ToArray();
        var media = FrameMembers.Of(sample) is { Count: > 0 } frames ? Frames(sample, frames, bad)
            : SamplePicture.Member(sample, MediaFiles.IsVideo) is { } clip ? Clip(sample, clip, bad)
            : SamplePicture.Member(sample, MediaFiles.IsImage) is { } image ? Image(sample, image, bad)
            : new SampleLook(SampleKind.Text);
        return media with
        {
            Members = [.. sample.Members.Select(member => (member.Key, (long)member.Value.Length))],
            Texts = found,
            Fields = fields,
            Problems = bad,
            Caption = found.Where(text => text.Text.Length > 0).Select(text => (TextLook?)text).FirstOrDefault(),
        };
    }

    private int? Tokens(string text) => tokenizer is null ? null : tokenizer.Encode(text).Count + SpecialTokens;

    private static SampleLook Image(Sample sample, ReadOnlyMemory<byte> file, List<BadSample> bad)
    {
        var (width, height) = Size(sample, file, bad);
        return new SampleLook(SampleKind.Image) { Format = FormatOf(file.Span), Width = width, Height = height, Content = Hash([file]) };
    }

    private static SampleLook Frames(Sample sample, IReadOnlyList<ReadOnlyMemory<byte>> frames, List<BadSample> bad)
    {
        var sizes = frames.Select(frame => Size(sample, frame, bad)).ToArray();
        return new SampleLook(SampleKind.StoredFrames)
        {
            Format = FormatOf(frames[0].Span),
            Width = sizes[0].Width,
            Height = sizes[0].Height,
            Frames = frames.Count,
            Content = Hash(frames),
        };
    }

    private SampleLook Clip(Sample sample, ReadOnlyMemory<byte> file, List<BadSample> bad)
    {
        var look = new SampleLook(SampleKind.Clip) { Content = Hash([file]) };
        try
        {
            var header = ClipHeader.Read(file.Span) ?? Probed(file.Span);
            if (header.IsCut)
            {
                var detail = $"the file ends after {file.Length} bytes, before its container says";
                bad.Add(new BadSample(CutClip, sample.Shard, sample.Key, detail));
            }

            return look with
            {
                Format = header.Codec,
                Width = header.Width,
                Height = header.Height,
                Seconds = header.Seconds,
                Frames = header.Frames,
            };
        }
        catch (VideoException unusable)
        {
            bad.Add(new BadSample(unusable.Reason, sample.Shard, sample.Key, unusable.Detail));
            return look;
        }
    }

    private ClipHeader Probed(ReadOnlySpan<byte> file)
    {
        if (file.IsEmpty)
        {
            throw VideoFaults.Empty();
        }

        var reader = clips.Value ?? throw new VideoException(UnknownClip, "its header is not read without ffmpeg: install it");
        using var clip = new TemporaryClip(file);
        var info = reader.Probe(clip.Path, cancellation);
        return new ClipHeader("", info.Codec, info.Width, info.Height, info.Duration.TotalSeconds, info.FrameCount);
    }

    /// <summary>Zeros where the picture cannot be used; a JPEG that ends too early has its size all the same.</summary>
    private static (int Width, int Height) Size(Sample sample, ReadOnlyMemory<byte> file, List<BadSample> bad)
    {
        var header = default(ImageHeader);
        try
        {
            header = ImageHeader.Read(file.Span, IImageDecoder.DefaultMaximumPixels);
            if (file.Span.StartsWith(JpegFile.Signature))
            {
                JpegFile.Complete(file.Span, header);
            }
        }
        catch (ImageException unusable)
        {
            bad.Add(new BadSample(unusable.Reason, sample.Shard, sample.Key, unusable.Message));
        }

        return (header.Width, header.Height);
    }

    private static string? FormatOf(ReadOnlySpan<byte> file)
    {
        foreach (var (start, name) in Formats)
        {
            if (file.StartsWith(start))
            {
                return name;
            }
        }

        return null;
    }

    /// <summary>Half of SHA-256: no two files that differ will ever have the same.</summary>
    private static UInt128 Hash(IReadOnlyList<ReadOnlyMemory<byte>> files)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        if (files.Count == 1)
        {
            SHA256.HashData(files[0].Span, hash);
        }
        else
        {
            using var whole = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            foreach (var file in files)
            {
                whole.AppendData(file.Span);
            }

            whole.GetHashAndReset(hash);
        }

        return BinaryPrimitives.ReadUInt128BigEndian(hash);
    }
}
