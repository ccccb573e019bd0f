namespace PerceptionEncoder.Evaluation.Harness.Frozen;

/// <summary>A folder of this process's own for features that are needed for a while; it goes with the object.</summary>
internal sealed class FeatureFolder : IDisposable
{
    private FeatureFolder(string path) => Path = path;

    public string Path { get; }

    /// <param name="parent">Where it is made; null for the system's own for temporary files.</param>
    /// <exception cref="UserErrorException">It cannot be made there.</exception>
    public static FeatureFolder Create(string? parent)
    {
        var path = System.IO.Path.Combine(parent ?? System.IO.Path.GetTempPath(), $"pe-features-{Guid.NewGuid():N}");
        try
        {
            Directory.CreateDirectory(path);
            return new FeatureFolder(path);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"{path}: cannot be created ({failure.Message}). Name another folder for features.", failure);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Directory.Delete(Path, recursive: true);
}
