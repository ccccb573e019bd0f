using System.CommandLine;
using System.Globalization;
using PerceptionEncoder.Inference;
using PerceptionEncoder.Tensors;
using PerceptionEncoder.Tools.Features;
using Spectre.Console;

namespace PerceptionEncoder.Cli;

/// <summary><c>pe similarity</c>: which of some texts describes an image best.</summary>
internal static class SimilarityCommand
{
    public static Command Create()
    {
        var images = new Argument<string[]>("IMAGE")
        {
            Description = "Image files: jpg, png, webp, bmp or gif.",
            Arity = ArgumentArity.OneOrMore,
        };
        var texts = new Option<string[]>("--text")
        {
            Description = "A text to compare with; give several.",
            HelpName = "TEXT",
            Required = true,
            AllowMultipleArgumentsPerToken = true,
        };
        var checkpoint = CommonOptions.Checkpoint();
        var imageSize = CommonOptions.ImageSize();
        var vocabulary = CommonOptions.Vocabulary();
        var computing = new ComputeArguments();
        var json = CommonOptions.Json();
        var command = new Command(
            "similarity",
            """
            For each image the probability of each text: softmax over the texts of the scaled cosine similarities.

            Example:
              pe similarity cat.jpg --text "a diagram" "a dog" "a cat" --checkpoint runs/demo
            """)
        { images, texts, checkpoint, imageSize, vocabulary };
        computing.AddTo(command);
        command.Add(json);
        command.SetAction(result =>
        {
            NativeStartup.Prepare();
            var compute = computing.Read(result);
            using var encoder = ClipEncoder.Open(
                CommonOptions.Locate(result.GetRequiredValue(checkpoint)),
                compute,
                computing.Precision(result),
                result.GetValue(imageSize),
                result.GetValue(vocabulary));
            CommonOptions.SayOrigin(result.GetRequiredValue(checkpoint), encoder.Origin);
            var similarity = ImageTextSimilarity.Of(encoder, result.GetRequiredValue(images), result.GetRequiredValue(texts));
            compute.Prepare(Console.Error.WriteLine);
            Print(similarity);
            CommonOptions.WriteJson(result.GetValue(json), similarity);
        });
        return command;
    }

    private static void Print(ImageTextSimilarity similarity)
    {
        foreach (var (row, image) in similarity.Images.Index())
        {
            Console.WriteLine(image);
            var table = new Table().AddColumn("text")
                .AddColumn(new TableColumn("probability").RightAligned())
                .AddColumn(new TableColumn("cosine").RightAligned());
            foreach (var column in Enumerable.Range(0, similarity.Texts.Count)
                .OrderByDescending(column => similarity.Similarities[row][column]))
            {
                table.AddRow(
                    TableConsole.Cell(similarity.Texts[column]),
                    similarity.Probabilities[row][column].ToString("P2", CultureInfo.InvariantCulture),
                    similarity.Similarities[row][column].ToString("0.0000", CultureInfo.InvariantCulture));
            }

            TableConsole.Write(table);
        }
    }
}
