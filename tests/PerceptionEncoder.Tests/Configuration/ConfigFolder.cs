using PerceptionEncoder.Configuration;

namespace PerceptionEncoder.Tests.Configuration;

/// <summary>A folder of config files that goes when the test ends.</summary>
public sealed class ConfigFolder : IDisposable
{
    public const string Main = "main.yaml";

    private readonly string _folder = Directory.CreateTempSubdirectory("pe-config-").FullName;

    public Dictionary<string, string> Environment { get; } = [];

    public string PathOf(string file) => Path.Combine(_folder, file);

    public ConfigFolder With(string file, string yaml)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(PathOf(file))!);
        File.WriteAllText(PathOf(file), yaml);
        return this;
    }

    public LoadedConfig<T> Load<T>(params string[] overrides)
        where T : class => ConfigLoader.Load<T>(PathOf(Main), overrides, name => Environment.GetValueOrDefault(name));

    /// <summary>The lines of the error, without the folder's path.</summary>
    public string[] Problems<T>(params string[] overrides)
        where T : class
    {
        var problem = Assert.Throws<ConfigException>(() => Load<T>(overrides));
        Assert.Equal(problem.Problems.Count, problem.Message.Split('\n').Length);
        return problem.Message.Replace(_folder + Path.DirectorySeparatorChar, "").Split('\n');
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
