namespace PerceptionEncoder.Evaluation.Sets;

/// <summary>A config file of prompts, in the place of those that a set's folder holds.</summary>
public sealed record PromptOptions
{
    /// <summary>Names of the classes in the order of their labels; null for the set's own.</summary>
    public IReadOnlyList<string>? ClassNames { get; init; }

    /// <summary>Prompts with <c>{c}</c> where the class name goes; null for the set's own.</summary>
    public IReadOnlyList<string>? Templates { get; init; }
}
