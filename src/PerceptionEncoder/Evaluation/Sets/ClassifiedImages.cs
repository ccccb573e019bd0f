using PerceptionEncoder.Data.Items;

namespace PerceptionEncoder.Evaluation.Sets;

/// <summary>Opens a set of images with classes and the names of these, in CLIP-benchmark's webdataset layout, in a folder for each class, or ObjectNet's own.</summary>
internal static class ClassifiedImages
{
    /// <summary>Looks for images, class names and templates.</summary>
    /// <param name="set">Where they are.</param>
    /// <param name="log">Takes a line for each thing that is passed over.</param>
    /// <exception cref="UserErrorException">Something is missing, or it is a set of another kind.</exception>
    public static ClassificationSet Open(EvaluationSetOptions set, Action<string> log)
    {
        var images = LabelledImages.Open(set);
        if (images is ShardImages)
        {
            RequireOneClass(set);
        }

        foreach (var note in images.Notes())
        {
            log($"{set.Name}: {note}");
        }

        var tasks = ZeroShotTask.Of(set, images, log);
        var opened = images.Opened(ClassLabel.Member, sample => ClassLabel.Read(sample, tasks[0].Classes, set.Name));
        return new ClassificationSet(opened.Options, opened.Media, opened.Items, tasks) { Advice = opened.Advice };
    }

    private static void RequireOneClass(EvaluationSetOptions set)
    {
        var type = ClipBenchmarkFolder.TypeOf(set.Data);
        if (type is "multilabel" or "retrieval")
        {
            throw new UserErrorException(type == "retrieval"
                ? $"{set.Data}: is a retrieval set, as its {ClipBenchmarkFolder.TypeFile} says. Use pe eval retrieval."
                : $"{set.Data}: is a multilabel set, as its {ClipBenchmarkFolder.TypeFile} says, with several classes an image; zero-shot classification wants one. Name another set.");
        }
    }
}
