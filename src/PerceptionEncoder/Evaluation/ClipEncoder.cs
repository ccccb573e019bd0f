using PerceptionEncoder.Models;
using PerceptionEncoder.Models.Vision;
using PerceptionEncoder.Tensors;
using PerceptionEncoder.Tokenization;
using PerceptionEncoder.Training;
using static TorchSharp.torch;

namespace PerceptionEncoder.Evaluation;

// B images · N captions · C the CLIP dimension
/// <summary>A contrastive model as evaluators use it: pixels and captions in, unit features out, no gradients.</summary>
public sealed class ClipEncoder(ClipModel model, ITokenizer tokenizer, Device device, Precision precision = Precision.Fp32)
{
    private const int TextChunk = 256;

    /// <summary>Side of the model's own position grid, in pixels.</summary>
    public int Resolution => model.Options.Vision.ImageSize;

    /// <summary>Features of images.</summary>
    /// <param name="images">uint8 [B, 3, H, W], on any device.</param>
    /// <returns>float32 [B, C] at unit length, on the model's device.</returns>
    public Tensor EncodeImages(Tensor images)
        => WithoutTraining(() => model.EncodeImage(Pixels.Normalize(images.to(device)), normalize: true).to(float32));

    /// <summary>Features of captions, encoded in chunks.</summary>
    /// <returns>float32 [N, C] at unit length, on the model's device.</returns>
    public Tensor EncodeTexts(IReadOnlyList<string> captions)
        => WithoutTraining(() => cat(captions.Chunk(TextChunk).Select(EncodeChunk).ToArray()));

    private Tensor EncodeChunk(string[] captions)
    {
        using var scope = NewDisposeScope();
        var context = model.Options.Text.ContextLength;
        var ids = new long[captions.Length, context];
        var used = 1;
        for (var row = 0; row < captions.Length; row++)
        {
            var encoded = tokenizer.EncodeToContext(captions[row], context);
            for (var column = 0; column < context; column++)
            {
                ids[row, column] = encoded[column];
                used = encoded[column] != 0 ? Math.Max(used, column + 1) : used;
            }
        }

        return model.EncodeText(tensor(ids, device: device), normalize: true, used).to(float32).MoveToOuterDisposeScope();
    }

    /// <summary>Runs in eval mode without gradients, and leaves the model's mode as it was.</summary>
    private Tensor WithoutTraining(Func<Tensor> encode)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var autocast = precision == Precision.Bf16 ? Autocast.Enter(device, ScalarType.BFloat16) : null;
        var training = model.training;
        model.eval();
        try
        {
            return encode().MoveToOuterDisposeScope();
        }
        finally
        {
            model.train(training);
        }
    }
}
