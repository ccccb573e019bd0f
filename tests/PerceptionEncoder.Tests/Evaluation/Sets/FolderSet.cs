using PerceptionEncoder.Evaluation.Sets;
using PerceptionEncoder.Media.Images;
using PerceptionEncoder.Tensors;
using PerceptionEncoder.Training;

namespace PerceptionEncoder.Tests.Evaluation.Sets;

/// <summary>Sets of plain pictures in folders of classes, for the stand-in model of <see cref="ColourSet"/>.</summary>
public sealed class FolderSet : IDisposable
{
    public FolderSet() => TorchRuntime.Initialize();

    /// <summary>Holds the sets.</summary>
    public string Root { get; } = Directory.CreateTempSubdirectory("pe-sets-").FullName;

    public List<string> Log { get; } = [];

    public string At(string path) => Path.Combine(Root, path);

    public void Write(string path, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(At(path))!);
        File.WriteAllText(At(path), text);
    }

    /// <summary>A picture of one colour, inside a border of another where one is named.</summary>
    public void Picture(string path, string colour, string? border = null)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(At(path))!);
        var picture = new Canvas(12, 12, ColourSet.Colour(border ?? colour));
        picture.FillRectangle(2, 2, 8, 8, ColourSet.Colour(colour));
        File.WriteAllBytes(At(path), PngEncoder.Encode(picture.ToImage()));
    }

    /// <summary>Names and templates of a family of sets, as CLIP-benchmark's files hold them.</summary>
    public void Prompts(string folder, params string[] names)
    {
        Write(
            $"{folder}/en_classnames.json",
            $$"""{"imagenet1k": [{{string.Join(", ", names.Select(name => $"\"{name}\""))}}], "other": ["x"]}""");
        Write($"{folder}/en_zeroshot_classification_templates.json", """{"imagenet1k": ["a photo of a {c}."], "plain": ["{c}"]}""");
    }

    public EvaluationResult Evaluate(string name, string folder, string? prompts = null)
        => ColourSet.Evaluator(
            new EvaluationSetOptions
            {
                Type = EvaluationType.Zeroshot,
                Name = name,
                Data = At(folder),
                Prompts = prompts is null ? null : At(prompts),
                Batch = 2,
                Transform = ImageFit.Squash,
            },
            ColourSet.Encoder, Log).Evaluate(default);

    public string Failure(string name, string folder, string? prompts = null)
        => Assert.ThrowsAny<UserErrorException>(() => Evaluate(name, folder, prompts)).Message;

    public void Dispose() => Directory.Delete(Root, recursive: true);
}
