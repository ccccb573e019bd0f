using PerceptionEncoder.Media.Images;
using PerceptionEncoder.Models.Language;
using PerceptionEncoder.Serialization.Weights;
using PerceptionEncoder.Tensors;
using PerceptionEncoder.Tests.Models.Language;
using PerceptionEncoder.Tokenization.Language;
using PerceptionEncoder.Tools.VideoEngine;
using PerceptionEncoder.Tools.VideoEngine.Captioning;

namespace PerceptionEncoder.Tests.Tools.VideoEngine;

public sealed class LanguageModelCaptionerTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("pe-captioner-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task A_model_in_this_process_answers_about_pictures_and_texts_as_it_does_alone()
    {
        var options = Write("seeing", SmallLanguageModel.Seeing);
        using var captioners = Captioners();
        var captioner = captioners.Open("captioners.clip", options);
        Assert.Same(captioner, captioners.Open("captioners.frames", options));
        var picture = new DecodedImage(20, 12, 3, [.. Enumerable.Range(0, 720).Select(i => (byte)(i % 256))], Indexed: false);
        var question = new CaptionQuestion("What? <image>", [picture, picture]);
        var answers = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => captioner.AskAsync(question, () => true, default)));
        Assert.Single(answers.Select(answer => answer!.Text).Distinct());
        Assert.True(answers[0] is { OutputTokens: > 0, InputTokens: > 0 });
        var ofText = await captioner.AskAsync(new CaptionQuestion("What?", []), () => true, default);
        Assert.True(ofText!.InputTokens < answers[0]!.InputTokens);

        Assert.Null(await captioner.AskAsync(question, () => false, default));

        // What does not fit is a failure of that question.
        var failure = await Assert.ThrowsAsync<CaptionFailureException>(
            () => captioner.AskAsync(new CaptionQuestion(new string('x', 2000), []), () => true, default));
        Assert.Equal("question does not fit the model", failure.Reason);
    }

    [Fact]
    public async Task A_model_without_eyes_says_so_in_one_line()
    {
        using var captioners = Captioners();
        var captioner = captioners.Open("captioners.clip", Write("blind", SmallLanguageModel.Text));
        var picture = new DecodedImage(4, 4, 3, new byte[48], Indexed: false);
        var failure = await Assert.ThrowsAsync<UserErrorException>(
            () => captioner.AskAsync(new CaptionQuestion("What?", [picture]), () => true, default));
        Assert.Contains("reads text alone", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_needs_no_endpoint_where_models_are_in_this_process()
    {
        using var clips = new ClipFolder(2);
        var prompts = Directory.CreateDirectory(Path.Combine(folder, "prompts")).FullName;
        File.WriteAllText(Path.Combine(prompts, "frame.txt"), "What is there?");
        File.WriteAllText(Path.Combine(prompts, "clip.txt"), "What happens?");
        var model = Write("run", SmallLanguageModel.Seeing);
        var config = clips.Config("http://127.0.0.1:1/v1") with
        {
            Captioners = new CaptionersOptions { Frames = model, Clip = model },
            Prompts = prompts,
            Precision = Precision.Fp32,
            Compute = new ComputeOptions { Device = "cpu" },
        };
        var summary = clips.Engine(config).Run();

        // What a model of random weights says may be of no use, and is asked for again.
        Assert.Null(summary.Stopped);
        Assert.Empty(summary.Failed);
        Assert.Equal((2L, 2L), (summary.Clips, summary.Captioned));
        Assert.InRange(summary.Calls, 6, 12);
        Assert.Equal(summary.Calls, clips.Engine(config).Run().Calls);
    }

    private static Captioners Captioners() => new(Precision.Fp32, new ComputeOptions { Device = "cpu" }, _ => null, _ => { });

    private CaptionerOptions Write(string name, LanguageModelOptions options)
    {
        options = options with
        {
            Decoder = options.Decoder with { VocabularySize = LanguageTokenizers.Bytes.VocabularySize, ContextLength = 1000 },
        };
        using var model = SmallLanguageModel.Build(options);
        var path = Path.Combine(folder, $"{name}.safetensors");
        SafetensorsWriter.Write(
            path,
            [.. model.state_dict().Select(entry => (entry.Key, entry.Value.detach()))],
            new LanguageArchitecture(options).Metadata);
        return new CaptionerOptions
        {
            Type = CaptionerType.Plm,
            Checkpoint = path,
            Tokenizer = LanguageTokenizers.BytesName,
            MaxTokens = 8,
        };
    }
}
