using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using PerceptionEncoder.Inference;
using PerceptionEncoder.Models.Segmentation;
using PerceptionEncoder.Tools.Segmentation;

namespace PerceptionEncoder.Cli;

/// <summary><c>pe segment</c>: masks of what is at points or in boxes of a picture, or of everything in it.</summary>
internal static class SegmentCommand
{
    private static readonly MaskFilterOptions Published = new();

    public static Command Create()
    {
        var image = new Argument<string>("IMAGE") { Description = "An image file: jpg, png, webp, bmp or gif." };
        var checkpoint = CommonOptions.Checkpoint();
        var points = Several(
            "--points",
            "Points of one thing, in pixels; label 1, the default, is on it and 0 beside it. One point alone gives three masks.",
            "X,Y[,LABEL]");
        var boxes = Several("--boxes", "Boxes around things, in pixels; with --points, one box around the same thing.", "X0,Y0,X1,Y1");
        var grid = new Option<int>("--grid")
        {
            Description = "Without points and boxes: points a side of the grid that everything is found with.",
            HelpName = "N",
            DefaultValueFactory = _ => 32,
        };
        var iou = Number("--min-iou", "Of the grid: drop masks whose predicted IoU is not above it.", Published.MinimumIou);
        var stability = Number("--min-stability", "Of the grid: drop masks that are less stable.", Published.MinimumStability);
        var overlap = Number("--max-overlap", "Of the grid: of two masks whose boxes overlap by more, keep one.", Published.MaximumOverlap);
        var output = new Option<string>("--output") { Description = "A new folder for the masks.", HelpName = "DIR", Required = true };
        var imageSize = CommonOptions.ImageSize();
        var batch = new Option<int>("--batch")
        {
            Description = "Prompts that go through the decoder together; masks are the same as alone.",
            HelpName = "N",
            DefaultValueFactory = _ => 64,
        };
        var computing = new ComputeArguments();
        var json = CommonOptions.Json();
        var command = new Command(
            "segment",
            """
            Masks of a picture by a checkpoint of SAM 2.1: of what is at points or in boxes, or of everything that a grid of points finds.
            Writes a PNG for each mask, and overlay.png.

            Example:
              pe segment dog.jpg --checkpoint sam2.1_hiera_large.pt --points 320,200 310,80,0 --output dog-masks
            """)
        { image, checkpoint, points, boxes, grid, iou, stability, overlap, output, imageSize, batch };
        computing.AddTo(command);
        command.Add(json);
        command.SetAction(result =>
        {
            NativeStartup.Prepare();
            var request = new PictureSegmentation
            {
                Image = result.GetRequiredValue(image),
                Prompts = Prompts(result.GetValue(points) ?? [], result.GetValue(boxes) ?? []),
                Grid = result.GetValue(grid) is >= 1 and <= 256 and var side ? side
                    : throw new UserErrorException($"--grid {result.GetValue(grid)}: must be 1 to 256 points a side."),
                Filter = new MaskFilterOptions
                {
                    MinimumIou = result.GetValue(iou),
                    MinimumStability = result.GetValue(stability),
                    MaximumOverlap = result.GetValue(overlap),
                },
            };
            var compute = computing.Read(result);
            using var segmenter = Segmenter.Open(
                CommonOptions.Locate(result.GetRequiredValue(checkpoint)),
                compute,
                computing.Precision(result),
                result.GetValue(imageSize),
                result.GetValue(batch));
            var folder = result.GetRequiredValue(output);
            var found = request.Write(segmenter, folder, StopSignals.Current.Token);
            compute.Prepare(Console.Error.WriteLine);
            foreach (var mask in found.Masks)
            {
                Console.WriteLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{mask.File}\tarea {mask.Area}\tpredicted IoU {mask.PredictedIou:0.000}\tstability {mask.Stability ?? 0:0.000}"));
            }

            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{folder}: {found.Masks.Count} masks; picture {found.EncodingSeconds:0.00} s, prompts {found.PromptSeconds:0.00} s"));
            CommonOptions.WriteJson(result.GetValue(json), new
            {
                request.Image,
                Output = folder,
                found.Width,
                found.Height,
                found.EncodingSeconds,
                found.PromptSeconds,
                found.Masks,
            });
        });
        return command;
    }

    /// <summary>All points are one prompt, with a box where there is one; several boxes are a prompt each.</summary>
    private static MaskPrompt[] Prompts(string[] points, string[] boxes)
    {
        (double, double, PointLabel)[] places = [.. points.Select(Point)];
        MaskPrompt[] frames = [.. boxes.Select(Box)];
        return places.Length == 0 ? frames
            : frames.Length > 1 ? throw new UserErrorException(
                $"--points are of one thing, and {frames.Length} --boxes are around several. Give one box, or leave the points out.")
            : [new MaskPrompt([.. frames.SelectMany(frame => frame.Points), .. places])];
    }

    private static (double X, double Y, PointLabel Label) Point(string text)
        => Numbers(text) is [var x, var y, .. var label] && label is [] or [0] or [1]
            ? (x, y, label is [0] ? PointLabel.Background : PointLabel.Foreground)
            : throw new UserErrorException($"--points {text}: is no point. Write x,y in pixels, with ,0 behind it for one beside it.");

    private static MaskPrompt Box(string text)
        => Numbers(text) is [var left, var top, var right, var bottom] && left < right && top < bottom
            ? MaskPrompt.Box(left, top, right, bottom)
            : throw new UserErrorException($"--boxes {text}: is no box. Write the left, upper, right and lower side in pixels.");

    private static double[] Numbers(string text)
    {
        var numbers = text.Split(',').Select(part =>
            double.TryParse(part, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : double.NaN).ToArray();
        return numbers.All(double.IsFinite) ? numbers : [];
    }

    private static Option<string[]> Several(string name, string description, string form) => new(name)
    {
        Description = description,
        HelpName = form,
        AllowMultipleArgumentsPerToken = true,
    };

    private static Option<double> Number(string name, string description, double preset)
        => new(name) { Description = description, HelpName = "X", DefaultValueFactory = _ => preset };
}
