using System.CommandLine;
using PerceptionEncoder.Serialization;
using PerceptionEncoder.Tools.Answers;

namespace PerceptionEncoder.Cli;

/// <summary><c>pe classify</c>: classes of images, with probabilities.</summary>
internal static class ClassifyCommand
{
    public static Command Create()
    {
        var inputs = new Argument<string[]>("INPUT")
        {
            Description = "Images: files, folders, @LIST files, tables, shards; for --classes also a file of features (pe encode).",
            Arity = ArgumentArity.OneOrMore,
        };
        var classes = new Option<string[]>("--classes")
        {
            Description = "Names of the classes.",
            HelpName = "NAME",
            AllowMultipleArgumentsPerToken = true,
        };
        var classesFile = new Option<string?>("--classes-file")
        {
            Description = "A file with the name of a class a line.",
            HelpName = "FILE",
        };
        var prompts = new Option<string?>("--prompts")
        {
            Description = "YAML file of templates with {c} for the name; 'a photo of a {c}.' by default.",
            HelpName = "FILE",
        };
        var probe = new Option<string?>("--probe")
        {
            Description = "A probe that pe eval probe --save kept, in place of class names.",
            HelpName = "FILE",
        };
        var top = new Option<int>("--top") { Description = "Classes named for each image.", HelpName = "K", DefaultValueFactory = _ => 1 };
        var output = new Option<string?>("--output") { Description = "CSV file to write; standard output by default.", HelpName = "FILE" };
        var encoding = new ImageEncodingOptions();
        var command = new Command(
            "classify",
            """
            Predict a class for each image: by the names of the classes, or by a probe that was trained on labels. Writes CSV.

            Examples:
              pe classify photos --classes dog cat --checkpoint runs/demo --output predictions.csv
              pe classify photos --probe probe.safetensors --checkpoint runs/demo --top 3
            """)
        { inputs };
        foreach (var option in (Option[])[classes, classesFile, prompts, probe, top, output, .. encoding.All])
        {
            command.Options.Add(option);
        }

        command.SetAction(result =>
        {
            NativeStartup.Prepare();
            var classification = new ImageClassification
            {
                Source = encoding.Read(result, result.GetRequiredValue(inputs)),
                Classes = result.GetValue(classes) ?? [],
                ClassesFile = result.GetValue(classesFile),
                Prompts = result.GetValue(prompts),
                Probe = result.GetValue(probe),
                Top = result.GetValue(top),
            };
            if (result.GetValue(output) is not { } path)
            {
                Classify(classification, Console.Out.Write);
                return;
            }

            IReadOnlyDictionary<string, long> counts = new Dictionary<string, long>();
            AtomicFile.Write(path, temporary =>
            {
                using var file = new StreamWriter(temporary);
                counts = Classify(classification, file.Write);
            });
            Console.WriteLine($"{path}: {counts.Values.Sum()} images; "
                + string.Join(", ", counts.OrderByDescending(count => count.Value).Take(10)
                    .Select(count => $"{count.Value} {VisibleText.Line(count.Key)}")));
        });
        return command;
    }

    private static IReadOnlyDictionary<string, long> Classify(ImageClassification classification, Action<string> write)
        => classification.Run(write, Console.Error.WriteLine, new EncodingConsole().Show, StopSignals.Current.Token);
}
