using System.CommandLine;
using System.Globalization;
using PerceptionEncoder.Distributed;
using PerceptionEncoder.Media;
using PerceptionEncoder.Media.Images;
using PerceptionEncoder.Tensors;
using PerceptionEncoder.Tools.Features;

namespace PerceptionEncoder.Cli;

/// <summary><c>pe encode images|texts|videos</c>: features of any number of inputs, into a file.</summary>
internal sealed class EncodeCommand
{
    private readonly MediaKind kind;
    private readonly Argument<string[]> inputs;
    private readonly Option<string[]> texts = new("--text")
    {
        Description = "A text itself, which is its own key; give several.",
        HelpName = "TEXT",
        AllowMultipleArgumentsPerToken = true,
    };
    private readonly Option<string> checkpoint = CommonOptions.Checkpoint();
    private readonly Option<string> output = new("--output")
    {
        Description = "File to write: .safetensors, .npy or .parquet.",
        HelpName = "FILE",
        Required = true,
    };
    private readonly Option<int?> layer = new("--layer")
    {
        Description = "Stop after this block, counted from 0; negative counts from the end. The whole tower by default.",
        HelpName = "K",
    };
    private readonly Option<bool> tokens = new("--tokens")
    {
        Description = "All tokens, class token first. The default of a tower without pooling.",
    };
    private readonly Option<bool> pooled = new("--pooled") { Description = "One pooled feature. The default of a tower with pooling." };
    private readonly Option<bool> normalize = new("--normalize") { Description = "Scale features to unit length." };
    private readonly Option<int> frames = new("--frames")
    {
        Description = "Frames of a clip, spread evenly from first to last.",
        HelpName = "N",
        DefaultValueFactory = _ => 8,
    };
    private readonly Option<bool> isolated = CommonOptions.IsolateDecoder();
    private readonly Option<ElementType> dtype = CommonOptions.Choice(
        "--dtype",
        "Element type of the file: .safetensors has all, .npy fp32 and fp16, .parquet fp32.",
        ElementType.Fp32);
    private readonly Option<ImageFit> transform = CommonOptions.Choice(
        "--transform",
        "Squash the whole image, or crop its centre.",
        ImageFit.Squash);
    private readonly Option<int?> imageSize = CommonOptions.ImageSize();
    private readonly Option<string?> vocabulary = CommonOptions.Vocabulary();
    private readonly Option<int> batch;
    private readonly Option<double> unreadableLimit = new("--unreadable-limit")
    {
        Description = "Share of unreadable inputs, and of features that are not finite, above which to stop.",
        HelpName = "SHARE",
        DefaultValueFactory = _ => 0.05,
    };
    private readonly ComputeArguments computing = new();
    private readonly Option<string?> json = CommonOptions.Json();

    private EncodeCommand(MediaKind kind, string inputs, int batch)
    {
        this.kind = kind;
        this.inputs = new Argument<string[]>("INPUT")
        {
            Description = inputs,
            Arity = kind == MediaKind.Text ? ArgumentArity.ZeroOrMore : ArgumentArity.OneOrMore,
        };
        this.batch = new Option<int>("--batch")
        {
            Description = "Inputs encoded at once.",
            HelpName = "N",
            DefaultValueFactory = _ => batch,
        };
    }

    public static Command Create() => new("encode", "Features of images, texts or clips, into a file.")
    {
        new EncodeCommand(
            MediaKind.Image,
            "Image files, folders, @LIST files of one path a line, tables (.csv, .jsonl, .parquet), or shards (DIR/{00000..00009}.tar).",
            32).Build(
            "images",
            """
            One row for each image that can be read, in the order of the inputs; an interrupted run goes on when repeated.

            Example:
              pe encode images runs/scenes/classification/test/0.tar --checkpoint runs/demo --normalize --output scenes.npy
            """),
        new EncodeCommand(
            MediaKind.Text,
            "Text files of one text a line, folders of .txt files, tables with captions (.csv, ...), or shards (DIR/{00000..00009}.tar).",
            256).Build(
            "texts",
            """
            One row for each text, in the order of the inputs, then of --text; an interrupted run goes on when repeated.

            Examples:
              pe encode texts runs/scenes/train --checkpoint runs/demo --normalize --output captions.safetensors
              pe encode texts --text "a dog" "a cat" --checkpoint runs/demo --output two.npy
            """),
        new EncodeCommand(
            MediaKind.Video,
            "Video files, folders, @LIST files of one path a line, or shards (DIR/{00000..00009}.tar).",
            4).Build(
            "videos",
            """
            One row for each clip: its frames are encoded, scaled to unit length and averaged. With --tokens all tokens of all frames.

            Example:
              pe encode videos my-clips --checkpoint runs/demo --frames 8 --output clips.npy
            """),
    };

    private Command Build(string name, string description)
    {
        var command = new Command(name, description) { inputs };
        Option[] options = kind switch
        {
            MediaKind.Text => [texts, checkpoint, output, normalize, dtype, vocabulary, batch],
            MediaKind.Image => [checkpoint, output, layer, tokens, pooled, normalize, dtype, transform, imageSize, batch],
            _ => [checkpoint, output, frames, isolated, layer, tokens, pooled, normalize, dtype, transform, imageSize, batch],
        };
        foreach (var option in (Option[])[.. options, unreadableLimit, .. computing.All, json])
        {
            command.Options.Add(option);
        }

        command.Validators.Add(result =>
        {
            if (kind != MediaKind.Text && result.GetValue(tokens) && result.GetValue(pooled))
            {
                result.AddError("--tokens and --pooled exclude each other");
            }
        });
        command.SetAction(result =>
        {
            NativeStartup.Prepare();
            LaunchedRanks.Share(computing.Read(result).Device, world => Run(result, world));
        });
        return command;
    }

    private void Run(ParseResult result, World world)
    {
        var isText = kind == MediaKind.Text;
        var encode = new EncodeFeatures
        {
            Kind = kind,
            Inputs = result.GetValue(inputs) ?? [],
            Texts = isText ? result.GetValue(texts) ?? [] : [],
            Checkpoint = CommonOptions.Locate(result.GetRequiredValue(checkpoint)),
            Output = result.GetRequiredValue(output),
            Layer = isText ? null : result.GetValue(layer),
            Tokens = isText ? null : result.GetValue(tokens) ? true : result.GetValue(pooled) ? false : null,
            Normalize = result.GetValue(normalize),
            Frames = kind == MediaKind.Video ? result.GetValue(frames) : 1,
            IsolateDecoder = kind == MediaKind.Video && result.GetValue(isolated),
            ImageSize = isText ? null : result.GetValue(imageSize),
            Transform = isText ? ImageFit.Squash : result.GetValue(transform),
            Vocabulary = isText ? result.GetValue(vocabulary) : null,
            Batch = result.GetValue(batch),
            DType = result.GetValue(dtype),
            Precision = computing.Precision(result),
            Compute = computing.Read(result),
            UnreadableLimit = result.GetValue(unreadableLimit),
            World = world,
        };
        var summary = encode.Run(Console.Error.WriteLine, new EncodingConsole().Show, StopSignals.Current.Token);
        if (!world.Writes)
        {
            return;
        }

        var damaged = summary.DamagedShards > 0 ? $", {summary.DamagedShards} shards cut short" : "";
        var notFinite = summary.NotFinite > 0 ? $", {summary.NotFinite} not finite" : "";
        Console.WriteLine(Invariant($"{summary.Output}: {summary.Rows} rows{notFinite} from {summary.Inputs} inputs ({summary.Unreadable} ")
            + Invariant($"unreadable{damaged}), {summary.RowsPerSecond:0.##}/s, ")
            + Invariant($"encoder busy {summary.EncoderShare:P1}, {summary.Products}"));
        CommonOptions.WriteJson(result.GetValue(json), summary);
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
