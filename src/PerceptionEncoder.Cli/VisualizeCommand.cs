using System.CommandLine;
using System.Globalization;
using PerceptionEncoder.Evaluation.Harness.Frozen;
using PerceptionEncoder.Evaluation.Visualization;
using PerceptionEncoder.Tensors;

namespace PerceptionEncoder.Cli;

/// <summary><c>pe visualize features|text</c>: pictures of what the layers of a tower see, and of where texts are.</summary>
internal static class VisualizeCommand
{
    public static Command Create() => CommandGroup.Of("visualize", "Pictures of what a model sees.", Features, Text);

    private static Command Features()
    {
        var images = new Argument<string[]>("IMAGE")
        {
            Description = "Image files: jpg, png, webp, bmp or gif.",
            Arity = ArgumentArity.OneOrMore,
        };
        var checkpoints = CommonOptions.Checkpoints();
        var layers = new Option<string>("--layers")
        {
            Description = "Layers, counted from 0; negative counts from the end.",
            HelpName = "A,B,C",
            DefaultValueFactory = _ => "-1",
        };
        var show = CommonOptions.Choices("--show", "What is shown of each image.", FeatureView.Features);
        var point = new Option<string?>("--point")
        {
            Description = "Where similarity and attention are seen from: x,y in pixels, in percent (40%,55%), or center.",
            HelpName = "X,Y",
        };
        var foreground = new Option<bool>("--foreground") { Description = "Leave out the background before components are found." };
        var output = new Option<string>("--output") { Description = "The PNG to write.", HelpName = "FILE", Required = true };
        var imageSize = CommonOptions.ImageSize();
        var computing = new ComputeArguments();
        var json = CommonOptions.Json();
        var command = new Command(
            "features",
            """
            Patch tokens as pictures: three principal components as lightness, chroma and hue, over all images and layer by layer;
            their overlay on the image; the similarity of all patches with the one at a point; the lengths of tokens; and the attention of
            one token. Several checkpoints, such as one before and after alignment, stand side by side.

            Example:
              pe visualize features dog.jpg cat.jpg --checkpoint runs/cifar10 --layers 0,2,-1 \
                --show features,overlay,similarity,norms,attention --point center --output features.png
            """)
        { images, checkpoints, layers, show, point, foreground, output, imageSize };
        computing.AddTo(command);
        command.Add(json);
        command.SetAction(result =>
        {
            NativeStartup.Prepare();
            var request = new FeatureVisualization
            {
                Images = result.GetRequiredValue(images),
                Layers = [.. result.GetRequiredValue(layers).Split(',').Select(Layer)],
                Views = result.GetValue(show)!,
                Point = result.GetValue(point) is { } text ? ImagePoint.Parse(text) : null,
                ForegroundOnly = result.GetValue(foreground),
            };
            var compute = computing.Read(result);
            var towers = new List<FrozenTower>();
            try
            {
                foreach (var path in result.GetRequiredValue(checkpoints))
                {
                    var tower = FrozenTower.Open(
                        CommonOptions.Locate(path),
                        compute,
                        result.GetValue(imageSize),
                        precision: computing.Precision(result));
                    towers.Add(tower);
                    CommonOptions.SayOrigin(tower.Path, tower.Origin);
                }

                Show(request, towers, compute, result.GetRequiredValue(output), result.GetValue(json));
            }
            finally
            {
                towers.ForEach(tower => tower.Dispose());
            }
        });
        return command;
    }

    private static void Show(FeatureVisualization request, List<FrozenTower> towers, ComputeOptions compute, string file, string? json)
    {
        var variance = request.Write(towers, file, StopSignals.Current.Token);
        compute.Prepare(Console.Error.WriteLine); // says the device; after the work, so that what stops it is one line
        var compared = towers.Count > 1 ? $" of {towers.Count} checkpoints" : "";
        Console.WriteLine($"{file}: {request.Images.Count} images, {request.Layers.Count} layers{compared}");
        CommonOptions.WriteJson(json, new
        {
            Output = file,
            request.Images,
            Models = towers.Zip(variance, (tower, shown) => new
            {
                Model = tower.Path,
                Layers = request.Layers.Select(tower.Vision.ResolveLayer),
                ShownVariance = shown,
            }),
            Compute = compute.Settled(towers[0].Device),
        });
    }

    private static Command Text()
    {
        var images = new Argument<string[]>("IMAGE")
        {
            Description = "Image files: jpg, png, webp, bmp or gif.",
            Arity = ArgumentArity.OneOrMore,
        };
        var texts = new Option<string[]>("--text")
        {
            Description = "A text to look for; give several.",
            HelpName = "TEXT",
            Required = true,
            AllowMultipleArgumentsPerToken = true,
        };
        var checkpoint = CommonOptions.Checkpoint();
        var output = new Option<string>("--output") { Description = "The PNG to write.", HelpName = "FILE", Required = true };
        var imageSize = CommonOptions.ImageSize();
        var vocabulary = CommonOptions.Vocabulary();
        var computing = new ComputeArguments();
        var json = CommonOptions.Json();
        var command = new Command(
            "text",
            """
            Where a text is in an image: the cosine of the text with the feature that each patch alone would give, over the image.

            Example:
              pe visualize text dog.jpg --text "a dog" "grass" --checkpoint runs/demo --image-size 448 --output heat.png
            """)
        { images, texts, checkpoint, output, imageSize, vocabulary };
        computing.AddTo(command);
        command.Add(json);
        command.SetAction(result =>
        {
            NativeStartup.Prepare();
            var request = new TextHeatMap { Images = result.GetRequiredValue(images), Texts = result.GetRequiredValue(texts) };
            var compute = computing.Read(result);
            using var tower = FrozenTower.Open(
                CommonOptions.Locate(result.GetRequiredValue(checkpoint)),
                compute,
                result.GetValue(imageSize),
                withTexts: true,
                computing.Precision(result),
                result.GetValue(vocabulary));
            CommonOptions.SayOrigin(tower.Path, tower.Origin);
            var file = result.GetRequiredValue(output);
            var heats = request.Write(tower, file, StopSignals.Current.Token);
            compute.Prepare(Console.Error.WriteLine);
            Console.WriteLine($"{file}: {request.Images.Count} images, {request.Texts.Count} texts");
            CommonOptions.WriteJson(result.GetValue(json), new { Output = file, Model = tower.Path, Heats = heats });
        });
        return command;
    }

    private static int Layer(string text) => int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var layer)
        ? layer
        : throw new UserErrorException(
            $"--layers {text}: is no layer. Write indices from 0, with commas between them; negative counts from the end.");
}
