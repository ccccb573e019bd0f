using PerceptionEncoder.Evaluation.Harness;
using PerceptionEncoder.Evaluation.Sets;
using PerceptionEncoder.Inference;
using PerceptionEncoder.Presentation;
using static TorchSharp.torch;

namespace PerceptionEncoder.Evaluation.Retrieval;

// B images · T captions · C the CLIP dimension
/// <summary>A picture of what a model retrieves: some images of a set, each with the captions it ranks first among all of the set's.</summary>
public static class RetrievalPicture
{
    private const int Images = 12;
    private const int Answers = 3;

    /// <summary>Writes a contact sheet as PNG, of images spread evenly over the set.</summary>
    /// <exception cref="UserErrorException">The set cannot be read or the file cannot be written.</exception>
    public static void Write(string path, EvaluationSetOptions set, ClipEncoder encoder, CancellationToken cancellation)
    {
        using var scope = NewDisposeScope();
        var (pixels, captions) = Read(set, encoder.Resolution, cancellation);
        var texts = captions.SelectMany(own => own).Distinct(StringComparer.Ordinal).ToArray();
        var shown = Enumerable.Range(0, Math.Min(Images, captions.Count)).Select(i => i * captions.Count / Math.Min(Images, captions.Count)).ToArray();
        var chosen = stack(shown.Select(index => pixels[index]).ToArray());                                             // [B, 3, H, W]
        var similarities = matmul(encoder.EncodeImages(chosen), encoder.EncodeTexts(texts).t()).cpu();                    // [B, T]
        var (scores, ranked) = similarities.topk(Math.Min(Answers, texts.Length), dim: 1);
        ContactSheet.Write(path, shown.Select((index, row) => Item(pixels[index], captions[index], texts, scores[row], ranked[row])).ToArray());
    }

    private static ContactSheetItem Item(Tensor pixels, string[] own, string[] texts, Tensor scores, Tensor ranked)
    {
        var answers = ranked.data<long>().Zip(scores.data<float>(), (index, score) => (texts[index], (double)score, own.Contains(texts[index]))).ToArray();
        return new ContactSheetItem(pixels.data<byte>().ToArray(), (int)pixels.shape[1], (int)pixels.shape[2], own[0], answers);
    }

    private static (List<Tensor> Pixels, List<string[]> Captions) Read(EvaluationSetOptions set, int resolution, CancellationToken cancellation)
    {
        var reader = new EvaluationReader<string[]>(set, resolution, RetrievalEvaluator.ReadCaptions, RetrievalEvaluator.CaptionMember, _ => { });
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
