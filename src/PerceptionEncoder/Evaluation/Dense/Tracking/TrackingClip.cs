using PerceptionEncoder.Media.Images;

namespace PerceptionEncoder.Evaluation.Dense.Tracking;

/// <summary>One clip of a set.</summary>
/// <param name="Name">Of its folder.</param>
/// <param name="Frames">Paths of the pictures in order.</param>
/// <param name="Masks">Path of each frame's mask; null where it has none. The first has one.</param>
/// <param name="Height">Pixels of pictures and masks.</param>
/// <param name="Width">Pixels of pictures and masks.</param>
/// <param name="Objects">Number of objects; their indices start at 1.</param>
/// <param name="Single">Whatever is not 0 is the one object.</param>
/// <param name="MaxPixels">Pictures of more are refused.</param>
internal sealed record TrackingClip(
    string Name, IReadOnlyList<string> Frames, IReadOnlyList<string?> Masks, int Height, int Width, int Objects, bool Single,
    long MaxPixels)
{
    /// <summary>Frames that are scored: those with a mask, but neither the first, which is given, nor the last, as in DAVIS.</summary>
    public IReadOnlyList<int> Scored
        => [.. Enumerable.Range(1, Math.Max(0, Frames.Count - 2)).Where(frame => Masks[frame] is not null)];

    /// <summary>A frame's name without its extension.</summary>
    public string NameOf(int frame) => Path.GetFileNameWithoutExtension(Frames[frame]);

    /// <summary>Objects of a frame, [height, width], and <see cref="MaskScores.Void"/> where there is nothing to say.</summary>
    /// <exception cref="UserErrorException">The mask cannot be read, has colours, or is of another size.</exception>
    public byte[] Truth(int frame) => ReadMask(Masks[frame]!);

    /// <summary>Reads a mask of this clip.</summary>
    /// <exception cref="UserErrorException">It cannot be read, has colours, or is of another size.</exception>
    public byte[] ReadMask(string path)
    {
        var mask = IndexedMask.Read(path, MaxPixels);
        Require(mask.Height == Height && mask.Width == Width, path, $"is of {mask.Width}x{mask.Height} pixels");
        return Single ? Array.ConvertAll(mask.Pixels, value => (byte)(value == 0 ? 0 : 1)) : mask.Pixels;
    }

    /// <summary>A frame in its own mode.</summary>
    /// <exception cref="UserErrorException">It cannot be read or is of another size.</exception>
    public DecodedImage Picture(int frame)
    {
        var path = Frames[frame];
        var picture = NamedImage.Read(path, file => ImageDecoders.Default.Decode(file, MaxPixels));
        Require(picture.Height == Height && picture.Width == Width, path, $"is of {picture.Width}x{picture.Height} pixels");
        return picture;
    }

    private void Require(bool holds, string path, string problem)
    {
        if (!holds)
        {
            throw new UserErrorException($"{path}: {problem}; the first mask of {Name} has {Width}x{Height}.");
        }
    }
}
