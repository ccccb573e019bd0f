namespace PerceptionEncoder.Evaluation.Sets;

/// <summary>
/// A published set that is known by name: where it usually lies, and what its files leave unsaid. All of them ask for ImageNet's classes.
/// </summary>
/// <param name="Name">As given to <c>pe eval zeroshot</c>.</param>
/// <param name="Folders">Names under which the set is usually stored; the first is its own.</param>
internal sealed record NamedSet(string Name, IReadOnlyList<string> Folders)
{
    /// <summary>Name of all six of the paper's robustness table and their mean.</summary>
    public const string Robustness = "robustness";

    /// <summary>Key of ImageNet's class names and templates in CLIP-benchmark's files.</summary>
    public const string PromptKey = "imagenet1k";

    /// <summary>
    /// The published pictures of ObjectNet have a red frame, against training on them by accident; evaluations cut 2 pixels off each side.
    /// </summary>
    public const int ObjectNetBorder = 2;

    /// <summary>ImageNet's validation part.</summary>
    public static NamedSet ImageNet { get; } = new("imagenet", ["imagenet", "imagenet1k", "imagenet-1k", "wds_imagenet1k"]);

    /// <summary>The six of Perception Encoder's robustness table, in its order.</summary>
    public static IReadOnlyList<NamedSet> All { get; } =
    [
        ImageNet,
        new(
            "imagenet-v2",
            ["imagenet-v2", "imagenetv2", "wds_imagenetv2", "imagenetv2-matched-frequency-format-val", "imagenetv2-matched-frequency"]),
        new("objectnet", ["objectnet", "objectnet-1.0", "wds_objectnet"]) { Border = ObjectNetBorder },
        new("imagenet-a", ["imagenet-a", "wds_imagenet-a"]) { IsSubset = true },
        new("imagenet-r", ["imagenet-r", "wds_imagenet-r"]) { IsSubset = true },
        new("imagenet-sketch", ["imagenet-sketch", "imagenet_sketch", "wds_imagenet_sketch", "sketch"]),
    ];

    /// <summary>
    /// ObjectNet with all its 313 classes, not only the 113 that overlap with ImageNet's: no set of the robustness table.
    /// </summary>
    public static NamedSet WholeObjectNet { get; } = new("objectnet-all", All[2].Folders) { Border = ObjectNetBorder };

    /// <summary>Whether only the classes that have a folder compete, 200 in ImageNet-A and ImageNet-R, as published.</summary>
    public bool IsSubset { get; private init; }

    /// <summary>Pixels at each side of every picture that are cut off.</summary>
    public int Border { get; private init; }

    /// <summary>Pixels at each side of every picture of a set that are cut off; 0 where the name is none of them.</summary>
    public static int BorderOf(string name) => Find(name)?.Border ?? 0;

    /// <summary>The set of that name; null where it is none of them.</summary>
    public static NamedSet? Find(string name) => All.Append(WholeObjectNet).FirstOrDefault(set => set.Name == name);
}
