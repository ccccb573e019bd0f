namespace PerceptionEncoder.Evaluation.Dense.Segmentation;

/// <summary>What the numbers in mask files become: 256 of them, by the number in the file.</summary>
internal static class SegmentationLabels
{
    /// <summary>
    /// Cityscapes' own mapping of its 34 kinds of things, of which 19 are classes; in its order, beginning with road (7).
    /// </summary>
    private static readonly byte[] CityscapesClasses = [7, 8, 11, 12, 13, 17, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 31, 32, 33];

    /// <summary>As they are.</summary>
    public static byte[] Same { get; } = [.. Enumerable.Range(0, 256).Select(value => (byte)value)];

    /// <summary>Objects are numbered; they are all of one class, 1, and the background is 0.</summary>
    public static byte[] AnyObject { get; } = [.. Enumerable.Range(0, 256).Select(value => (byte)Math.Min(value, 1))];

    /// <summary>From Cityscapes' numbers of things to those of classes.</summary>
    /// <param name="unlabelled">For what is no class.</param>
    public static byte[] Cityscapes(int unlabelled) =>
    [
        .. Enumerable.Range(0, 256).Select(value => Array.IndexOf(CityscapesClasses, (byte)value) is var label and >= 0
            ? (byte)label
            : (byte)unlabelled),
    ];

    /// <summary>
    /// Where 0 is not a class and the first is 1, as in ADE20K: 0 has no class, and all others are one less, but the number of pixels
    /// without class; that which is one more falls onto it.
    /// </summary>
    /// <param name="unlabelled">Label of pixels without class.</param>
    public static byte[] ReduceZero(int unlabelled) =>
    [
        .. Enumerable.Range(0, 256).Select(value => value == 0 || value == unlabelled ? (byte)unlabelled : (byte)(value - 1)),
    ];
}
