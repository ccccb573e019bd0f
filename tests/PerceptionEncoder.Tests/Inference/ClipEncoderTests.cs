using PerceptionEncoder.Inference;
using PerceptionEncoder.Media.Images;
using PerceptionEncoder.Models;
using PerceptionEncoder.Models.Clip;
using PerceptionEncoder.Models.Common;
using PerceptionEncoder.Serialization.Weights;
using PerceptionEncoder.Tensors;
using PerceptionEncoder.Tokenization;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tests.Inference;

public sealed class ClipEncoderTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("pe-encoder-").FullName;

    public ClipEncoderTests() => SmallCheckpoint.Write(Checkpoint, layers: 2);

    private string Checkpoint => Path.Combine(folder, "model.safetensors");

    /// <summary>Not square, so that the two ways to fit it differ.</summary>
    private static DecodedImage Picture { get; } = Pattern();

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
                Assert.Equal(8, encoder.EncodeImage(PngEncoder.Encode(Picture)).Length);
            }

            Assert.Equal(before, Tensor.TotalCount);             // at once, and not when the collector comes round
        }
    }

    [Fact]
    public async Task Nothing_stays_of_asynchronous_calls_in_bfloat16_either()
    {
        var before = LiveTensors.Count();
        using (var encoder = ClipEncoder.Open(Checkpoint, precision: Precision.Bf16))
        {
            var first = await encoder.EncodeTextAsync("a cat");
            Assert.Equal(first, await encoder.EncodeTextAsync("a cat"));
            Assert.Equal(encoder.EncodeText("a cat"), first);
        }

        Assert.Equal(before, Tensor.TotalCount);
    }

    [Theory]
    [InlineData(ImageFit.Squash)]
    [InlineData(ImageFit.CenterCrop)]
    public async Task A_picture_has_one_feature_in_whatever_form_it_comes(ImageFit fit)
    {
        using var encoder = ClipEncoder.Open(Checkpoint);
        encoder.Fit = fit;
        var bytes = PngEncoder.Encode(Picture);
        File.WriteAllBytes(Path.Combine(folder, "picture.png"), bytes);
        var expected = encoder.EncodeImage(bytes);
        Assert.Equal(1, expected.Sum(number => number * number), 1e-5);

        Assert.Equal(expected, encoder.EncodeImage(new MemoryStream(bytes)));
        Assert.Equal(expected, encoder.EncodeRgb(Picture.Pixels, Picture.Width, Picture.Height));
        Assert.Equal(expected, await encoder.EncodeImageAsync(bytes));
        Assert.Equal(expected, await encoder.EncodeImageAsync(new SlowStream(bytes)));
        Assert.Equal(expected, await encoder.EncodeRgbAsync(Picture.Pixels, Picture.Width, Picture.Height));
        Assert.Equal(expected, (await encoder.EncodeImagesAsync([bytes]))[0]);
        using var tensors = encoder.EncodeImages([bytes]);
        Assert.Equal(expected, tensors.ToRows()[0]);
        using var files = encoder.EncodeImageFiles([Path.Combine(folder, "picture.png")]);
        Assert.Equal(expected, files.ToRows()[0]);
        using var prepared = encoder.EncodeImages([encoder.Prepare(bytes)]);
        Assert.Equal(expected, prepared.ToRows()[0]);
    }

    [Fact]
    public async Task A_text_has_one_feature_and_no_texts_have_none()
    {
        using var encoder = ClipEncoder.Open(Checkpoint);
        var expected = encoder.EncodeText("a cat");
        Assert.Equal(expected, await encoder.EncodeTextAsync("a cat"));
        Assert.Equal(expected, (await encoder.EncodeTextsAsync(["a cat"]))[0]);
        Assert.Empty(await encoder.EncodeTextsAsync([]));
        Assert.Empty(await encoder.EncodeImagesAsync([]));
        using var none = encoder.EncodeTexts([]);
        Assert.Equal([0, 8], none.shape);
    }

    [Fact]
    public async Task Threads_that_share_an_encoder_get_what_each_would_get_alone()
    {
        using var encoder = ClipEncoder.Open(Checkpoint);
        string[] texts = ["a cat", "a dog", "a diagram of a house", "red"];
        var expected = texts.Select(encoder.EncodeText).ToArray();
        var image = encoder.EncodeImage(PngEncoder.Encode(Picture));
        await Parallel.ForAsync(0, 64, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (turn, stop) =>
        {
            var text = texts[turn % 4];
            Assert.Equal(expected[turn % 4], turn % 2 == 0 ? encoder.EncodeText(text) : await encoder.EncodeTextAsync(text, stop));
            Assert.Equal(image, encoder.EncodeImage(PngEncoder.Encode(Picture)));
        });
    }

    [Fact]
    public async Task What_is_cancelled_before_its_turn_is_never_computed()
    {
        using var encoder = ClipEncoder.Open(Checkpoint);
        using var turn = new ManualResetEventSlim();
        using var stop = new CancellationTokenSource();
        var busy = encoder.Compute(() => turn.Wait(TimeSpan.FromMinutes(1)), CancellationToken.None);
        var cancelled = encoder.EncodeTextAsync("a cat", stop.Token);
        var computed = false;
        var own = encoder.Compute(() => computed = true, stop.Token);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled);       // at once, while another is computed

        turn.Set();
        Assert.True(await busy);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => own);
        Assert.False(computed);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => encoder.EncodeImageAsync(PngEncoder.Encode(Picture), new CancellationToken(canceled: true)));
    }

    [Fact]
    public async Task What_is_no_picture_says_so()
    {
        using var encoder = ClipEncoder.Open(Checkpoint);
        Assert.Throws<ImageException>(() => encoder.EncodeImage("no picture"u8));
        Assert.Throws<ImageException>(() => encoder.EncodeImage(Stream.Null));
        await Assert.ThrowsAsync<ImageException>(() => encoder.EncodeImageAsync(PngEncoder.Encode(Picture).AsMemory(0, 40)));
        var tooShort = Assert.Throws<ArgumentException>(() => encoder.EncodeRgb(new byte[5], 9, 9));
        Assert.StartsWith("5 bytes are not a picture of 9 x 9", tooShort.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => encoder.EncodeRgb([], 0, 9));
        Assert.Throws<ImageException>(() => ImageStream.Read(new MemoryStream(new byte[100_000]), limit: 99_999));
        encoder.MaximumPixels = Picture.Width * Picture.Height;
        encoder.EncodeImage(PngEncoder.Encode(Picture));
        encoder.MaximumPixels--;
        Assert.Equal("too many pixels", Assert.Throws<ImageException>(() => encoder.EncodeImage(PngEncoder.Encode(Picture))).Reason);
        Assert.Throws<ImageException>(() => encoder.EncodeRgb(Picture.Pixels, Picture.Width, Picture.Height));
    }

    [Fact]
    public async Task A_disposed_encoder_refuses_and_one_that_computes_finishes_first()
    {
        var encoder = ClipEncoder.Open(Checkpoint);
        var text = encoder.EncodeTextAsync("a cat");
        encoder.Dispose();
        encoder.Dispose();
        Assert.Equal(8, (await text).Length);
        Assert.Throws<ObjectDisposedException>(() => encoder.EncodeText("a cat"));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => encoder.EncodeTextAsync("a cat"));
    }

    [Fact]
    public void A_picture_that_was_prepared_for_another_size_is_refused()
    {
        using var small = ClipEncoder.Open(Checkpoint);
        using var large = ClipEncoder.Open(Checkpoint, imageSize: 32);
        var prepared = small.Prepare(PngEncoder.Encode(Picture));
        var refused = Assert.Throws<ArgumentException>(() => large.EncodeImages([prepared]));
        Assert.Contains("takes 32", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Errors_name_no_option_of_the_command_line()
    {
        AssertOwnWords("no such file", () => ClipEncoder.Open(Path.Combine(folder, "none.pt")));
        AssertOwnWords("smaller than the model's patch", () => ClipEncoder.Open(Checkpoint, imageSize: 4));
        AssertOwnWords("no such file", () => ClipEncoder.Open(Checkpoint, vocabulary: Path.Combine(folder, "none.txt")));
        AssertOwnWords("must be auto, cpu, cuda", () => ClipEncoder.Open(Checkpoint, new ComputeOptions { Device = "tpu" }));

        var towers = Path.Combine(folder, "tower.safetensors");
        using (var weights = ModelWeights.Open(Checkpoint))
        using (var vision = weights.LoadVision())
        {
            SafetensorsWriter.Write(
                towers,
                [.. vision.state_dict().Select(entry => (entry.Key, entry.Value))],
                new Dictionary<string, string>
                {
                    [ModelArchitecture.MetadataKey] = new ClipArchitecture(vision.Options, Text: null).Write(),
                });
        }

        AssertOwnWords("without text tower", () => ClipEncoder.Open(towers));
        foreach (var file in Directory.GetFiles(folder).Where(file => !file.EndsWith(".safetensors", StringComparison.Ordinal)))
        {
            File.Delete(file);                                   // the vocabulary
        }

        var named = Environment.GetEnvironmentVariable(TokenizerLocation.Variable);
        Environment.SetEnvironmentVariable(TokenizerLocation.Variable, null);
        try
        {
            AssertOwnWords("has no vocabulary beside it", () => ClipEncoder.Open(Checkpoint));
        }
        finally
        {
            Environment.SetEnvironmentVariable(TokenizerLocation.Variable, named);
        }
    }

    private static void AssertOwnWords(string expected, Action open)
    {
        var message = Assert.Throws<UserErrorException>(open).Message;
        Assert.Contains(expected, message, StringComparison.Ordinal);
        Assert.DoesNotMatch("--[a-z]|\\bpe [a-z]+ |\\bcommand\\b", message);
    }

    private static DecodedImage Pattern()
    {
        var (width, height) = (40, 23);
        var pixels = new byte[3 * width * height];
        new Random(3).NextBytes(pixels);
        return new DecodedImage(width, height, 3, pixels, Indexed: false);
    }

    /// <summary>Gives a byte or two at a time, as a network may.</summary>
    private sealed class SlowStream(byte[] bytes) : MemoryStream(bytes)
    {
        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            await Task.Yield();
            return Read(buffer.Span[..2]);
        }
    }
}
