namespace PerceptionEncoder.Configuration;

/// <summary>A config that was read, completed with defaults and found valid.</summary>
/// <param name="Value">The record.</param>
/// <param name="SourceFiles">Files it was read from: the one asked for, then each that it extends.</param>
public sealed record LoadedConfig<T>(T Value, IReadOnlyList<string> SourceFiles)
    where T : class
{
    /// <summary>
    /// The resolved config: every value as used, with nothing left to look up but <see cref="Secrets"/>. Loading it gives
    /// <see cref="Value"/> again.
    /// </summary>
    public string ToYaml() => ConfigYaml.Write(Value);
}
