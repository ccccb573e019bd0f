using System.CommandLine;
using System.Globalization;
using PerceptionEncoder.Inference;
using PerceptionEncoder.Serialization.Features;
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
            Description = "Images: files, folders, @LIST files, tables, shards; or a file of features (pe encode).",
            Arity = ArgumentArity.OneOrMore,
        };
        var texts = new Option<string[]>("--text")
        {
            Description = "A text to compare with; give several.",
            HelpName = "TEXT",
            Required = true,
            AllowMultipleArgumentsPerToken = true,
        };
        var encoding = new ImageEncodingOptions();
        var json = CommonOptions.Json();
        var command = new Command(
            "similarity",
            """
            For each image the probability of each text: softmax over the texts of the scaled cosine similarities. Of one text, the cosine.

            Example:
              pe similarity cat.jpg --text "a diagram" "a dog" "a cat" --checkpoint runs/demo
            """)
        { images, texts };
        foreach (var option in (Option[])[.. encoding.All, json])
        {
            command.Options.Add(option);
        }

        command.SetAction(result =>
        {
            NativeStartup.Prepare();
            var source = encoding.Read(result, result.GetRequiredValue(images));
            var how = source.Encode!;
            using var encoder = ClipEncoder.Open(how.Checkpoint, how.Compute, how.Precision, how.ImageSize, how.Vocabulary);
            CommonOptions.SayOrigin(how.Checkpoint, encoder.Origin);
            var similarity = Compare(source, encoder, result.GetRequiredValue(texts));
            how.Compute.Prepare(Console.Error.WriteLine);
            Print(similarity);
            CommonOptions.WriteJson(result.GetValue(json), similarity);
        });
        return command;
    }

    private static ImageTextSimilarity Compare(FeatureSource source, ClipEncoder encoder, string[] texts)
    {
        if (source.IsImages)
        {
            return ImageTextSimilarity.Of(encoder, source.Inputs, texts);
        }

        using var file = FeatureReader.Open(source.Find(Console.Error.WriteLine, new EncodingConsole().Show, StopSignals.Current.Token));
        return ImageTextSimilarity.Of(encoder, source.Encode!.Checkpoint, file, texts, Console.Error.WriteLine);
    }

    private static void Print(ImageTextSimilarity similarity)
    {
        if (similarity.Texts.Count == 1)
        {
            Console.WriteLine(VisibleText.Line(similarity.Texts[0]));
            var cosines = new Table().AddColumn("image").AddColumn(new TableColumn("cosine").RightAligned());
            foreach (var (row, image) in similarity.Images.Index().OrderByDescending(entry => similarity.Similarities[entry.Index][0]))
            {
                cosines.AddRow(TableConsole.Cell(image), Cosine(similarity.Similarities[row][0]));
            }

            TableConsole.Write(cosines);
            return;
        }

        foreach (var (row, image) in similarity.Images.Index())
        {
            Console.WriteLine(VisibleText.Line(image));
            var table = new Table().AddColumn("text")
                .AddColumn(new TableColumn("probability").RightAligned())
                .AddColumn(new TableColumn("cosine").RightAligned());
            foreach (var column in Enumerable.Range(0, similarity.Texts.Count)
                .OrderByDescending(column => similarity.Similarities[row][column]))
            {
                table.AddRow(
                    TableConsole.Cell(similarity.Texts[column]),
                    similarity.Probabilities[row][column].ToString("P2", CultureInfo.InvariantCulture),
                    Cosine(similarity.Similarities[row][column]));
            }

            TableConsole.Write(table);
        }
    }

    private static string Cosine(float value) => value.ToString("0.0000", CultureInfo.InvariantCulture);
}
