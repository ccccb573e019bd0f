using PerceptionEncoder.Media.Images;
using PerceptionEncoder.Serialization;

namespace PerceptionEncoder.Evaluation.Visualization;

/// <summary>A picture beside what is true of it and what was answered, as a PNG.</summary>
/// <param name="folder">Made where it is missing.</param>
internal sealed class AnswerSheet(string folder)
{
    /// <summary>Writes a sheet.</summary>
    /// <param name="path">The picture.</param>
    /// <param name="name">Of the sheet, without ending; above it, too.</param>
    /// <param name="truth">Beside the picture.</param>
    /// <param name="answer">Beside that.</param>
    /// <exception cref="UserErrorException">The picture cannot be read, or the folder not written.</exception>
    public void Write(string path, string name, SheetAnswer truth, SheetAnswer answer)
    {
        var picture = FeatureVisualization.Decode(path);
        var scale = (double)FeatureSheet.PictureSide / Math.Max(picture.Width, picture.Height);
        var (height, width) = (Math.Max(1, (int)Math.Round(scale * picture.Height)), Math.Max(1, (int)Math.Round(scale * picture.Width)));
        var small = DecodedImage.OfPlanes(new ImageTransform(height, width).Apply(picture), height, width);
        var sheet = new FeatureSheet { Title = name, Columns = ["picture", "truth", "answer"] };
        sheet.Add("", [new SheetPicture(small, $"{picture.Width} x {picture.Height}"), Cell(truth), Cell(answer)]);
        var png = sheet.ToPng();
        AtomicFolder.Create(folder);
        AtomicFile.Write(Path.Combine(folder, $"{name}.png"), file => File.WriteAllBytes(file, png));

        SheetPicture Cell(SheetAnswer shown) => new(shown.Map.Enlarge(height, width, smooth: false), shown.Caption);
    }
}
