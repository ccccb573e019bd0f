using System.Text;
using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Evaluation.Harness;
using PerceptionEncoder.Evaluation.Sets;
using PerceptionEncoder.Media.Images;
using PerceptionEncoder.Media.Video;
using PerceptionEncoder.Tests.Data.Video;
using PerceptionEncoder.Tests.Media.Video;
using PerceptionEncoder.Tools.Scenes;
using PerceptionEncoder.Tools.Scenes.Moving;
using PerceptionEncoder.Training;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tests.Evaluation.Video;

/// <summary>Clips of a red, a green and a blue object, and a stand-in model that sees how much of each there is.</summary>
public sealed class VideoEvaluatorTests : IDisposable
{
    private const int Side = 16;
    private static readonly SceneColor[] Colours = [SceneColor.Red, SceneColor.Green, SceneColor.Blue];
    private readonly string root = Directory.CreateTempSubdirectory("videos-").FullName;
    private readonly string cache = Directory.CreateTempSubdirectory("videos-cache-").FullName;
    private readonly CancellationTokenSource stop = new();
    private readonly List<string> log = [];
    private int encoded;
    private int? stopAfter;

    public VideoEvaluatorTests() => PerceptionEncoder.Tensors.TorchRuntime.Initialize();

    public void Dispose()
    {
        stop.Dispose();
        Directory.Delete(root, recursive: true);
        Directory.Delete(cache, recursive: true);
    }

    [SkippableFact]
    public void Class_folders_are_classified_with_the_sets_prompts_and_what_is_no_clip_is_named_and_counted()
    {
        GeneratedClip.SkipWithoutFFmpeg();
        Prompts();
        foreach (var colour in Colours)
        {
            Clip($"test/{colour}/one.mov", colour);
        }

        Clip("test/Red/two.mov", SceneColor.Blue);
        Write("test/Red/words.mp4", "no video");
        var result = Evaluator(Set(EvaluationType.Zeroshot)).Evaluate(default);
        Assert.Equal((4, 1), (result.Samples, result.Unreadable));
        Assert.Equal(0.75, result.Metrics["acc1"], 1e-9);
        Assert.Contains("not a video", Assert.Single(log), StringComparison.Ordinal);
        Assert.Contains("words.mp4", log[0], StringComparison.Ordinal);
    }

    [SkippableFact]
    public void A_list_names_clips_by_path_or_id_and_missing_ones_are_counted()
    {
        GeneratedClip.SkipWithoutFFmpeg();
        Prompts();
        Write("classnames.txt", "a green thing\nred\nblue\n");
        Clip("deep/folder/abc_000001_000011.mov", SceneColor.Red);
        Clip("xyz_000002_000012.mov", SceneColor.Blue);
        Write("val.csv", "label,youtube_id,time_start,time_end,split\nRed,abc,1,11,val\nblue,xyz,2,12,val\nblue,gone,5,15,val\n");
        var result = Evaluator(Set(EvaluationType.Zeroshot) with { List = Path.Combine(root, "val.csv") }).Evaluate(default);
        Assert.Equal((2, 1, 1.0), (result.Samples, result.Unreadable, result.Metrics["acc1"]));
        Assert.Contains("missing file", Assert.Single(log), StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Class_names_are_words_whatever_the_folders_are_called()
    {
        GeneratedClip.SkipWithoutFFmpeg();
        Prompts();
        foreach (var name in new[] { "ApplyEyeMakeup", "brush_hair", "yo yo" })
        {
            Write($"test/{name}/x.mp4", "");
        }

        Assert.Equal(["Apply Eye Makeup", "brush hair", "yo yo"], ClassifiedClips.Open(Set(EvaluationType.Zeroshot)).Tasks[0].Names);
        Write("classnames.txt", "apply eye makeup\nbrush hair\n");
        Assert.Contains(
            "'yo yo'",
            Assert.Throws<UserErrorException>(() => ClassifiedClips.Open(Set(EvaluationType.Zeroshot))).Message,
            StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Prompts_that_are_asked_for_go_before_the_sets_own_as_for_images()
    {
        GeneratedClip.SkipWithoutFFmpeg();
        Prompts();
        Write("test/red/x.mp4", "");
        Write("prompts.yaml", "templates: ['a video of {c}.']\nclass_names: [crimson, red]\n");
        var opened = ClassifiedClips.Open(Set(EvaluationType.Zeroshot) with { Prompts = Path.Combine(root, "prompts.yaml") });
        Assert.Equal(["a video of {c}."], opened.Templates);
        Assert.Equal(["crimson", "red"], opened.Tasks[0].Names);
    }

    [SkippableFact]
    public void Blank_class_names_keep_the_labels_of_those_after_them()
    {
        GeneratedClip.SkipWithoutFFmpeg();
        Prompts();
        Write("classnames.txt", "\nred\n\nblue\n");
        Clip("1/a.mov", SceneColor.Red);
        Clip("3/a.mov", SceneColor.Blue);
        Assert.Equal(1, Evaluator(Set(EvaluationType.Zeroshot)).Evaluate(default).Metrics["acc1"]);
        Assert.Equal(["", "red", "", "blue"], ClassifiedClips.Open(Set(EvaluationType.Zeroshot)).Tasks[0].Names);
    }

    [SkippableFact]
    public void Any_of_several_captions_is_a_hit()
    {
        GeneratedClip.SkipWithoutFFmpeg();
        foreach (var colour in Colours)
        {
            Clip($"{colour}.mov", colour);
        }

        Write("captions.csv", "video_id,sentence\nRed,a red thing\nRed,red\nRed,blue\nGreen,green\nBlue,blue\n");
        var result = Evaluator(Set(EvaluationType.Retrieval) with { List = Path.Combine(root, "captions.csv") }).Evaluate(default);
        // its wrong caption finds another clip
        Assert.Equal((3, 0, 0.8), (result.Samples, result.Unreadable, result.Metrics["image_retrieval_recall@1"]));
        Assert.Equal(1, result.Metrics["text_retrieval_recall@5"]);
        // equal captions are right for both
        Assert.Equal((1, 1), (result.Metrics["reweighted_text_retrieval_recall@1"], result.Metrics["reweighted_image_retrieval_recall@1"]));
    }

    [SkippableFact]
    public void Captions_may_stand_beside_the_clips_or_in_shards_of_stored_frames()
    {
        GeneratedClip.SkipWithoutFFmpeg();
        foreach (var colour in Colours)
        {
            Clip($"{colour}.mov", colour);
            Write($"{colour}.txt", $"{colour}\n".ToLowerInvariant());
        }

        Assert.Equal(1, Evaluator(Set(EvaluationType.Retrieval)).Evaluate(default).Metrics["image_retrieval_recall@1"]);
        Directory.CreateDirectory(Path.Combine(root, "shards"));
        using (var writer = new ShardWriter(Path.Combine(root, "shards/0.tar")))
        {
            foreach (var colour in Colours)
            {
                var sample = StoredClips.Sample("k", 0, ("json", $$"""{"human_caption": "{{colour.ToString().ToLowerInvariant()}}"}"""));
                writer.Write($"{colour}",
                [
                    .. sample.Members.Select(member => (member.Key, member.Value)),
                    ("mov", File.ReadAllBytes(Path.Combine(root, $"{colour}.mov"))),
                ]);
            }

            writer.Write("silent", ("mov", File.ReadAllBytes(Path.Combine(root, "Red.mov"))));
        }

        var result = Evaluator(
            Set(EvaluationType.Retrieval) with { Data = Path.Combine(root, "shards"), Captions = ["json.human_caption"] })
            .Evaluate(default);
        Assert.Equal((3, 1, 1.0), (result.Samples, result.Unreadable, result.Metrics["image_retrieval_recall@1"]));
    }

    [Fact]
    public void A_set_that_is_not_there_is_an_error_before_anything_is_measured()
    {
        Assert.Contains(
            "no such folder",
            Assert.Throws<UserErrorException>(() => ClassifiedClips.Open(Set(EvaluationType.Zeroshot) with { Data = "no/such" })).Message,
            StringComparison.Ordinal);
        Assert.Contains(
            "holds no clips",
            Assert.Throws<UserErrorException>(() => CaptionedClips.Open(Set(EvaluationType.Retrieval))).Message,
            StringComparison.Ordinal);
        Directory.CreateDirectory(Path.Combine(root, "test/empty"));
        Assert.Contains(
            "passed over 1 folder that is no class: empty",
            Assert.Throws<UserErrorException>(() => ClassifiedClips.Open(Set(EvaluationType.Zeroshot))).Message,
            StringComparison.Ordinal);
        Write("test/class/x.m4v", "");
        Assert.Contains(
            "zeroshot_classification_templates.txt",
            Assert.Throws<UserErrorException>(() => ClassifiedClips.Open(Set(EvaluationType.Zeroshot))).Message,
            StringComparison.Ordinal);
    }

    [SkippableTheory]
    [InlineData(EvaluationType.Zeroshot, false)]
    [InlineData(EvaluationType.Zeroshot, true)]
    [InlineData(EvaluationType.Retrieval, false)]
    [InlineData(EvaluationType.Retrieval, true)]
    public void An_interrupted_evaluation_of_clips_goes_on_to_the_same_figures_and_encodes_none_twice(EvaluationType type, bool listed)
    {
        GeneratedClip.SkipWithoutFFmpeg();
        Prompts();
        var list = new StringBuilder(type == EvaluationType.Zeroshot ? "video_id,label\n" : "video_id,sentence\n");
        foreach (var (colour, copy) in Colours.SelectMany(colour => Enumerable.Range(0, 2).Select(copy => (colour, copy))))
        {
            Clip($"test/{colour}/{colour}{copy}.mov", colour);
            Write($"test/{colour}/{colour}{copy}.txt", $"{colour} {copy}");
            list.AppendLine(System.Globalization.CultureInfo.InvariantCulture, $"{colour}{copy},{colour}");
        }

        Write("test/Blue/a.mp4", "no video");
        Write("list.csv", list.ToString());
        var set = Set(type) with { List = listed ? Path.Combine(root, "list.csv") : null };
        var whole = Evaluator(set).Evaluate(default);
        (encoded, stopAfter) = (0, 2);
        Assert.ThrowsAny<OperationCanceledException>(() => Evaluator(set, Session()).Evaluate(stop.Token));
        Assert.InRange(encoded, 1, 5);
        (var before, stopAfter) = (encoded, null);
        log.Clear();

        var session = Session();
        var result = Evaluator(set, session).Evaluate(default);

        Assert.Equal(whole.Metrics, result.Metrics);
        Assert.Equal((6, listed ? 0 : 1), (result.Samples, result.Unreadable));
        Assert.Equal((whole.Samples, whole.Unreadable, 6), (result.Samples, result.Unreadable, encoded));
        Assert.Contains($"going on after {before} samples", log[0], StringComparison.Ordinal);
        session.Complete();
        Assert.DoesNotContain(
            Directory.GetFiles(cache, "*", SearchOption.AllDirectories),
            path => path.Contains("evaluations", StringComparison.Ordinal));
    }

    private EvaluationSession Session() => new(cache, new string('a', 64), "encoder", Colours.Length);

    private IEvaluator Evaluator(EvaluationSetOptions set, EvaluationSession? session = null)
        => ColourSet.Evaluator(
            set,
            FeatureEncoder.None with { Resolution = Side, Clips = (clips, _) => EncodeClips(clips), Texts = EncodeTexts },
            log,
            session);

    private EvaluationSetOptions Set(EvaluationType type)
        => new() { Type = type, Name = "colours", Data = root, Frames = 4, Batch = 8, Transform = ImageFit.Squash };

    private void Prompts() => Write("zeroshot_classification_templates.txt", "{c}\na clip of {c}\n");

    private void Clip(string name, SceneColor colour)
    {
        var scene = new MovingScene(new SceneObject(colour, SceneShape.Circle), SceneMotion.Rightwards, SceneBackground.Black);
        Write(name, QuickTimeFile.Encode(scene.Render(1, 2, 6, 32), 25));
    }

    private void Write(string name, string text) => Write(name, Encoding.UTF8.GetBytes(text));

    private void Write(string name, byte[] content)
    {
        var path = Path.Combine(root, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, content);
    }

    private Tensor EncodeClips(Tensor clips)
    {
        encoded += (int)clips.shape[0];
        if (encoded >= stopAfter)
        {
            stop.Cancel();
        }

        Assert.Equal([4L, 3, Side, Side], clips.shape[1..]);
        return (clips.to(float32).amax([1, 3, 4]) - 100).relu_();
    }

    private static Tensor EncodeTexts(IReadOnlyList<string> texts)
        => stack(texts.Select(text => tensor(
            Colours.Select(colour => text.Contains(colour.ToString(), StringComparison.OrdinalIgnoreCase) ? 1f : 0).ToArray())));
}
