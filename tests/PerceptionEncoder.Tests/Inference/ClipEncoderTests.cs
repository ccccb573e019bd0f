using PerceptionEncoder.Inference;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tests.Inference;

public sealed class ClipEncoderTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("pe-encoder-").FullName;

    public ClipEncoderTests() => SmallCheckpoint.Write(Checkpoint, layers: 2);

    private string Checkpoint => Path.Combine(folder, "model.safetensors");

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void No_tensor_stays_of_an_encoder_that_was_used_and_disposed()
    {
        var before = LiveTensors.Count();
        for (var turn = 0; turn < 3; turn++)
        {
            using (var encoder = ClipEncoder.Open(Checkpoint))
            {
                using var pixels = zeros(2, 3, 16, 16, uint8);
                using var images = encoder.EncodeImages(pixels);
                using var texts = encoder.EncodeTexts(["a cat", "a dog"]);
                using var probabilities = encoder.Probabilities(images, texts);
            }

            Assert.Equal(before, Tensor.TotalCount);             // at once, and not when the collector comes round
        }
    }
}
