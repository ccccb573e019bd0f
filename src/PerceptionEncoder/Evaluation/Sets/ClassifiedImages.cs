using PerceptionEncoder.Data.Items;

namespace PerceptionEncoder.Evaluation.Sets;

/// <summary>
/// Opens a set of images with classes and the names of these, in CLIP-benchmark's webdataset layout, in a folder for each class, or
/// ObjectNet's own.
/// </summary>
internal static class ClassifiedImages
{
    /// <summary>Looks for images, class names and templates.</summary>
    /// <param name="set">Where they are.</param>
    /// <param name="log">Takes a line for each thing that is passed over.</param>
    /// <exception cref="UserErrorException">Something is missing, or it is a set of another kind.</exception>
    public static OpenedSet Open(EvaluationSetOptions set, Action<string> log)
    {
        var images = LabelledImages.Open(set);
        if (images is ShardImages { Type: "retrieval" })
        {
            throw new UserErrorException(
                $"{set.Data}: is a retrieval set, as its {ClipBenchmarkFolder.TypeFile} says. Use pe eval retrieval.");
        }

        foreach (var note in images.Notes())
        {
            log($"{set.Name}: {note}");
        }

        var tasks = ZeroShotTask.Of(set, images, log);
        return images is ShardImages { Type: "multilabel" } several
            ? Asked(several.OpenedWithSeveral(sample => ClassLabels.Read(sample, tasks[0].Classes, set.Name)), tasks)
            : Asked(images.Opened(ClassLabel.Member, sample => ClassLabel.Read(sample, tasks[0].Classes, set.Name)), tasks);
    }

    private static ClassificationSet<T> Asked<T>(OpenedSet<T> set, IReadOnlyList<ZeroShotTask> tasks)
        => new(set.Options, set.Media, set.Items, tasks) { Advice = set.Advice };
}
