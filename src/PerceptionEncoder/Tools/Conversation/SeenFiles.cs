using PerceptionEncoder.Media;
using PerceptionEncoder.Media.Images;
using PerceptionEncoder.Media.Video;

namespace PerceptionEncoder.Tools.Conversation;

/// <summary>Files as a language model sees them: a picture as tiles or squeezed into one square, a clip as a frame a second.</summary>
/// <param name="side">Of the model's input, in pixels.</param>
/// <param name="tiles">Of a picture at most; 1 squeezes it into one.</param>
/// <param name="frames">Of a clip at most.</param>
internal sealed class SeenFiles(int side, int tiles, int frames)
{
    private readonly ImageTiling picture = new(side, tiles);
    private readonly ImageTiling frame = new(side, 1);
    private readonly Lazy<IVideoReader> clips = new(() => new FFmpegVideoReader());

    /// <summary>The images and clips of files and folders, those of a folder by name.</summary>
    /// <exception cref="UserErrorException">One is missing, or a folder has none.</exception>
    public static IReadOnlyList<string> Find(IEnumerable<string> inputs) => [.. inputs.SelectMany(input =>
    {
        if (!Directory.Exists(input))
        {
            return [input];
        }

        string[] found = [.. Directory.GetFiles(input).Where(file => MediaFiles.IsImage(file) || MediaFiles.IsVideo(file))
            .Order(StringComparer.Ordinal)];
        return found.Length > 0 ? found : throw new UserErrorException($"{input}: holds no image and no clip. Name another folder.");
    })];

    /// <summary>[3, side, side] RGB, 8 bits, of a frame.</summary>
    public byte[] Squeeze(DecodedImage picture) => frame.Split(picture)[0];

    /// <summary>[3, side, side] RGB, 8 bits, of each picture or frame.</summary>
    /// <exception cref="UserErrorException">The file is missing or damaged, or is neither image nor clip.</exception>
    public IReadOnlyList<byte[]> Read(string path, CancellationToken cancellation)
    {
        if (!MediaFiles.IsVideo(path))
        {
            return NamedImage.Read<byte[][]>(
                path,
                file => picture.Split(TransientImage.Decode(ImageDecoders.Default, file, IImageDecoder.DefaultMaximumPixels)));
        }

        try
        {
            var clip = clips.Value.Read(path, FrameRequest.Sampled(frames) with { SquarePixels = false }, cancellation);
            return [.. Enumerable.Range(0, clip.FrameCount).SelectMany(index => frame.Split(clip.Frame(index)))];
        }
        catch (VideoException failure)
        {
            throw new UserErrorException($"{path}: {failure.Message}. Name another clip.", failure);
        }
    }
}
