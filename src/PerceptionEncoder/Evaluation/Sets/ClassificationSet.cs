namespace PerceptionEncoder.Evaluation.Sets;

/// <summary>A set of images or clips of classes that has been opened.</summary>
/// <param name="Options">The set's, with the border that its images have.</param>
/// <param name="Media">What its items are.</param>
/// <param name="Items">All of them, with their labels: of each the index of its class, or the indices of its classes where it may have
/// several.</param>
/// <param name="Tasks">What is asked of each item; the labels are those of the first.</param>
internal sealed record ClassificationSet<T>(
    EvaluationSetOptions Options,
    SetMedia Media,
    SetItems<T> Items,
    IReadOnlyList<ZeroShotTask> Tasks)
    : OpenedSet<T>(Options, Media, Items)
{
    /// <summary>Prompts with a place for the class name.</summary>
    public IReadOnlyList<string> Templates { get; } = PromptFiles.Templates(Options, Tasks[0].HasFolderNames);

    /// <inheritdoc/>
    public override string Fingerprint() => string.Join('\n', [base.Fingerprint(), .. Tasks[0].Names]);
}
