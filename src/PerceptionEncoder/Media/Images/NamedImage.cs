namespace PerceptionEncoder.Media.Images;

/// <summary>Image files that a user names, each of which must be one.</summary>
internal static class NamedImage
{
    /// <summary>What becomes of the bytes of a file.</summary>
    /// <exception cref="UserErrorException">The file is missing, or no usable image.</exception>
    public static T Read<T>(string path, Func<byte[], T> use)
    {
        try
        {
            return use(UserFile.ReadAllBytes(path, UserFile.MediaLimit));
        }
        catch (Exception failure) when (failure is ImageException or IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException(
                $"{path}: cannot be read as an image ({failure.Message.TrimEnd('.')}). "
                + "Check the path, or convert it to jpg, png, webp, bmp or gif.",
                failure);
        }
    }
}
