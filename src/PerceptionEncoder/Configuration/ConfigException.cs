namespace PerceptionEncoder.Configuration;

/// <summary>A config cannot be used. The message holds every problem found, one line each, in the order of the file.</summary>
public sealed class ConfigException : UserErrorException
{
    /// <summary>All problems of one load.</summary>
    public ConfigException(IEnumerable<ConfigProblem> problems)
        : this(InOrder(problems))
    {
    }

    private ConfigException(ConfigProblem[] problems)
        : base([.. problems.Select(problem => problem.ToString())])
    {
        Problems = problems;
    }

    /// <summary>The problems, in the order of the file; those of overrides last.</summary>
    public IReadOnlyList<ConfigProblem> Problems { get; }

    private static ConfigProblem[] InOrder(IEnumerable<ConfigProblem> problems) =>
        [.. problems.Distinct().OrderBy(p => p.Location.Line == 0).ThenBy(p => p.Location.Source, StringComparer.Ordinal)
            .ThenBy(p => p.Location.Line).ThenBy(p => p.Location.Column)];
}
