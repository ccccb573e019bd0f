namespace PerceptionEncoder.Tools.VideoEngine.Refinement;

/// <summary>A tar of this machine, whose members are read one by one after it was looked through once.</summary>
/// <param name="Path">Where it lies today.</param>
/// <param name="Length">Bytes, when it was looked through.</param>
/// <param name="Modified">When it had last been written then.</param>
internal sealed record ReviewShard(string Path, long Length, DateTime Modified)
{
    /// <summary>Its file name, which tells it from the others wherever their folder is moved.</summary>
    public string Name { get; } = System.IO.Path.GetFileName(Path);

    /// <exception cref="IOException">It cannot be read.</exception>
    public static ReviewShard Of(string path)
    {
        var file = new FileInfo(path);
        return new ReviewShard(path, file.Length, file.LastWriteTimeUtc);
    }

    /// <summary>The bytes of a member, in which one may jump.</summary>
    /// <exception cref="UserErrorException">The shard cannot be read, or is another one by now.</exception>
    public Stream Open(MemberPlace place)
    {
        try
        {
            return Of(Path) == this
                ? new ShardMemberStream(File.OpenHandle(Path), place)
                : throw new UserErrorException($"{Path}: has changed since the review was started. Start it again.");
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException(
                $"{Path}: cannot be read ({failure.Message.ReplaceLineEndings(" ").TrimEnd('.')}). Check the file and its permissions.",
                failure);
        }
    }

    /// <summary>All bytes of a member.</summary>
    /// <exception cref="UserErrorException">As of <see cref="Open"/>; or the member is too large for memory.</exception>
    public byte[] Read(MemberPlace place)
    {
        if (place.Length > UserFile.MediaLimit)
        {
            throw new UserErrorException($"{Path}: a member has {place.Length} bytes, more than the limit of {UserFile.MediaLimit}.");
        }

        using var stream = Open(place);
        var bytes = new byte[place.Length];
        try
        {
            stream.ReadExactly(bytes);
        }
        catch (IOException failure)
        {
            throw new UserErrorException($"{Path}: cannot be read ({failure.Message.TrimEnd('.')}). Check the file.", failure);
        }

        return bytes;
    }
}
