using PerceptionEncoder.Evaluation.Harness;
using PerceptionEncoder.Evaluation.Sets;
using PerceptionEncoder.Inference;
using PerceptionEncoder.Presentation;
using static TorchSharp.torch;

namespace PerceptionEncoder.Evaluation.Retrieval;

// B images · T captions · C the CLIP dimension
/// <summary>
/// A picture of what a model retrieves: some images of a set, each with the captions it ranks first among all of the set's.
/// </summary>
public sealed class RetrievalPicture
{
    private const int Images = 12;
    private const int Answers = 3;

    private readonly OpenedSet<string[]> set;

    private RetrievalPicture(OpenedSet<string[]> set) => this.set = set;

    /// <summary>Opens the set that is to be shown.</summary>
    /// <exception cref="UserErrorException">It is missing or is one of clips.</exception>
    public static RetrievalPicture Open(EvaluationSetOptions set)
        => OpenedSet.Open(set, _ => { }) is OpenedSet<string[]> { Media: ImageMedia } images
        ? new RetrievalPicture(images)
        : throw new UserErrorException("--picture shows images; leave it out for a set of clips.");

    /// <summary>Writes a contact sheet as PNG, of images spread evenly over the set.</summary>
    /// <exception cref="UserErrorException">The set cannot be read or the file cannot be written.</exception>
    public void Write(string path, ClipEncoder encoder, CancellationToken cancellation)
    {
        using var scope = NewDisposeScope();
        var (pixels, captions) = Read(encoder.Resolution, cancellation);
        var texts = captions.SelectMany(own => own).Distinct(StringComparer.Ordinal).ToArray();
        var shown = Enumerable.Range(0, Math.Min(Images, captions.Count))
            .Select(i => i * captions.Count / Math.Min(Images, captions.Count)).ToArray();
        var chosen = stack(shown.Select(index => pixels[index]).ToArray());                                             // [B, 3, H, W]
        var similarities = matmul(encoder.EncodeImages(chosen), encoder.EncodeTexts(texts).t()).cpu();                    // [B, T]
        var (scores, ranked) = similarities.topk(Math.Min(Answers, texts.Length), dim: 1);
        ContactSheet.Write(
            path,
            shown.Select((index, row) => Item(pixels[index], captions[index], texts, scores[row], ranked[row])).ToArray());
    }

    private static ContactSheetItem Item(Tensor pixels, string[] own, string[] texts, Tensor scores, Tensor ranked)
    {
        var answers = ranked.data<long>().Zip(
            scores.data<float>(),
            (index, score) => (texts[index], (double)score, own.Contains(texts[index]))).ToArray();
        return new ContactSheetItem(pixels.data<byte>().ToArray(), (int)pixels.shape[1], (int)pixels.shape[2], own[0], answers);
    }

    private (List<Tensor> Pixels, List<string[]> Captions) Read(int resolution, CancellationToken cancellation)
    {
        var reader = new EvaluationReader<string[]>(set, resolution, _ => { });
        var pixels = new List<Tensor>();
        var captions = new List<string[]>();
        foreach (var batch in reader.Batches(cancellation))
        {
            pixels.AddRange(batch.Images.unbind());
            captions.AddRange(batch.Annotations);
        }

        return (pixels, captions);
    }
}
