namespace PerceptionEncoder.Configuration;

/// <summary>YAML -> an immutable record. Strict: every problem is an error, and all of them are reported at once.</summary>
/// <remarks>
/// Keys are the snake_case names of the record's properties; a property's initial value is its default. Validation attributes hold. Once
/// its members are sound, a record with a method <c>IEnumerable&lt;(string Key, string Problem)&gt; Problems()</c> is asked for what is
/// wrong between them; the key path, relative to the record and empty for the record itself, decides which line is blamed.
/// <c>extends: base.yaml</c> at the top of a file reads that file first; overrides come last; then <c>${NAME}</c> reads the environment.
/// </remarks>
public static class ConfigLoader
{
    /// <summary>Reads a config file, the files that it extends, and overrides.</summary>
    /// <param name="path">The file. Problems name it as it is written here.</param>
    /// <param name="overrides">Texts such as <c>optimizer.learning_rate=1e-3</c> or <c>stages[0].batch=256</c>, applied in order.</param>
    /// <param name="environment">Reads an environment variable; the process's by default.</param>
    /// <exception cref="ConfigException">The config is not valid; the message has one line a problem.</exception>
    public static LoadedConfig<T> Load<T>(string path, IReadOnlyList<string>? overrides = null, Func<string, string?>? environment = null)
        where T : class
    {
        var problems = new List<ConfigProblem>();
        var expansion = new EnvironmentExpansion(environment ?? Environment.GetEnvironmentVariable, problems);
        var sources = new ConfigSources(typeof(T), expansion, problems);
        object? value = null;
        if (sources.Read(path) is { } root)
        {
            var setter = new ConfigOverrides(typeof(T), problems);
            root = expansion.Expand((overrides ?? []).Aggregate(root, setter.Apply), "");
            value = new RecordBinder(problems).BindRoot(typeof(T), root);
        }

        return problems.Count == 0 ? new LoadedConfig<T>((T)value!, sources.Files) : throw new ConfigException(problems);
    }
}
