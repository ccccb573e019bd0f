using PerceptionEncoder.Evaluation.Visualization;
using static TorchSharp.torch;

namespace PerceptionEncoder.Evaluation.Dense.Segmentation;

/// <summary>A PNG for each picture: it, its mask, and the answer.</summary>
/// <param name="folder">Made where it is missing.</param>
internal sealed class SegmentationSheets(string folder)
{
    /// <summary>Writes a picture's sheet.</summary>
    /// <param name="truth">Its mask.</param>
    /// <param name="answers">int64 [H, W].</param>
    public void Write(SegmentationMask truth, Tensor answers)
    {
        var given = answers.cpu().to(uint8).contiguous().data<byte>().ToArray();
        new AnswerSheet(folder).Write(
            truth.Picture,
            truth.Key.Replace('/', '-').Replace('\\', '-'),
            new SheetAnswer(ClassColors.Of(truth.Height, truth.Width, truth.Classes), "mask"),
            new SheetAnswer(ClassColors.Of(truth.Height, truth.Width, given), "answer"));
    }
}
