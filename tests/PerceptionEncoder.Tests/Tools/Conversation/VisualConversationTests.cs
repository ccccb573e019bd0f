using PerceptionEncoder.Inference;
using PerceptionEncoder.Media.Images;
using PerceptionEncoder.Models.Language;
using PerceptionEncoder.Serialization.Weights;
using PerceptionEncoder.Tensors;
using PerceptionEncoder.Tests.Models.Language;
using PerceptionEncoder.Tokenization.Language;
using PerceptionEncoder.Tools.Conversation;

namespace PerceptionEncoder.Tests.Tools.Conversation;

public sealed class VisualConversationTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory().FullName;

    public VisualConversationTests()
    {
        var options = SmallLanguageModel.Seeing with
        {
            Decoder = SmallLanguageModel.Seeing.Decoder with
            {
                VocabularySize = LanguageTokenizers.Bytes.VocabularySize,
                ContextLength = 400,
            },
        };
        using var model = SmallLanguageModel.Build(options);
        SafetensorsWriter.Write(
            Checkpoint,
            [.. model.state_dict().Select(entry => (entry.Key, entry.Value.detach()))],
            new LanguageArchitecture(options).Metadata);
        foreach (var (name, shade) in new[] { ("a.png", 10), ("b.png", 200) })
        {
            File.WriteAllBytes(
                Path.Combine(folder, name),
                PngEncoder.Encode(new DecodedImage(8, 8, 3, [.. Enumerable.Repeat((byte)shade, 192)], Indexed: false)));
        }
    }

    private string Checkpoint => Path.Combine(folder, "model.safetensors");

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Each_file_of_a_folder_gets_the_answer_that_it_gets_alone_and_a_bad_one_a_line()
    {
        File.WriteAllText(Path.Combine(folder, "broken.png"), "no picture");
        using var model = Open();
        Dictionary<string, string> together = [];
        List<string> failures = [];
        model.AskOfEach([folder], "What?", 8, (file, answer) => together[file] = answer.Text, failures.Add, default);
        Assert.Equal(["a.png", "b.png"], together.Keys.Select(Path.GetFileName));
        Assert.Contains("broken.png", Assert.Single(failures));
        foreach (var (file, text) in together)
        {
            model.Clear();
            model.Show(file);
            Assert.Equal(text, model.Ask("What?").Text);
        }
    }

    [Fact]
    public void What_was_said_and_shown_is_remembered_until_it_is_cleared()
    {
        using var model = Open();
        model.Show(Path.Combine(folder, "a.png"));
        var first = Ask("Hello <image>");
        var second = Ask("Hello");
        model.Show(Path.Combine(folder, "b.png"));
        var third = Ask("Hello");
        Assert.NotEqual(first, second);
        Assert.NotEqual(second, third);
        model.Clear();
        model.Show(Path.Combine(folder, "a.png"));
        Assert.Equal(first, Ask("Hello "));

        string Ask(string question)
        {
            var streamed = "";
            var answer = model.Ask(question, piece => streamed += piece);
            Assert.Equal(answer.Text, streamed);
            return string.Join(' ', answer.Ids);
        }
    }

    [Fact]
    public void A_question_that_does_not_fit_says_what_pictures_take_and_is_forgotten()
    {
        using var model = Open();
        for (var i = 0; i < 110; i++)
        {
            model.Show(Path.Combine(folder, "a.png"));
        }

        var message = Assert.Throws<UserErrorException>(() => model.Ask("What?")).Message;
        Assert.Contains("110 pictures, tiles or frames of 4 tokens each", message);
        model.Clear();
        Assert.NotNull(model.Ask("What?"));
    }

    private VisualConversation Open() => VisualConversation.Open(new ConversationOptions
    {
        Checkpoint = Checkpoint,
        Tokenizer = LanguageTokenizers.BytesName,
        System = "",
        Generation = new GenerationOptions { MaxNewTokens = 10, Temperature = 1, Seed = 2 },
        Compute = new ComputeOptions { Device = DeviceKind.Cpu },
    });
}
