using System.Text.Json;

namespace PerceptionEncoder.Evaluation.Sets;

/// <summary>
/// A set that was found and is whole enough to be measured: all of it that no model decides. Opened once, it serves every transform,
/// checkpoint and pass.
/// </summary>
/// <param name="Options">The set's, with the border that its images have.</param>
/// <param name="Media">What its items are.</param>
internal abstract record OpenedSet(EvaluationSetOptions Options, SetMedia Media)
{
    /// <summary>Tells kind and layout apart and looks for items, class names, templates, and what decodes clips.</summary>
    /// <param name="set">Where it is.</param>
    /// <param name="log">Takes a line for each thing that is passed over.</param>
    /// <exception cref="UserErrorException">Something is missing or damaged.</exception>
    public static OpenedSet Open(EvaluationSetOptions set, Action<string> log) => (set.Type, set.Frames) switch
    {
        (EvaluationType.Zeroshot, null) => ClassifiedImages.Open(set, log),
        (EvaluationType.Zeroshot, _) => ClassifiedClips.Open(set),
        (_, null) => CaptionedImages.Open(set, log),
        _ => CaptionedClips.Open(set),
    };

    /// <summary>Image files that are paired with something else than classes or captions.</summary>
    /// <param name="name">Name in results.</param>
    /// <param name="data">The set's folder.</param>
    /// <param name="split">Which part of it.</param>
    /// <param name="batch">Images encoded at once.</param>
    /// <param name="maximumPixels">Images of more pixels are unreadable.</param>
    /// <param name="items">All of them.</param>
    public static OpenedSet<T> OfImages<T>(
        string name,
        string data,
        string split,
        int batch,
        long maximumPixels,
        FileItems<T> items) => new(
        new EvaluationSetOptions
        {
            Type = EvaluationType.Zeroshot,
            Name = name,
            Data = data,
            Split = split,
            Batch = batch,
            MaxPixels = maximumPixels,
        },
        new ImageMedia(0),
        items);
}

/// <summary>A set that was opened, with its items.</summary>
/// <param name="Options">The set's, with the border that its images have.</param>
/// <param name="Media">What its items are.</param>
/// <param name="Items">All of them, with what they are paired with.</param>
internal record OpenedSet<T>(EvaluationSetOptions Options, SetMedia Media, SetItems<T> Items) : OpenedSet(Options, Media)
{
    /// <summary>Where the items are, for messages.</summary>
    public string Place { get; init; } = Options.Data;

    /// <summary>What to do where no item can be used; empty where nothing can be said.</summary>
    public string Advice { get; init; } = "";

    /// <summary>Everything that decides the features of the items, and what they are paired with, but the model.</summary>
    public virtual string Fingerprint()
        => $"{Items.Fingerprint()}\n{JsonSerializer.Serialize(Options with { Data = Path.GetFullPath(Options.Data), Prompts = null })}";
}
