using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using PerceptionEncoder.Data.Dialogues;
using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Tools.VideoEngine.Refinement;

namespace PerceptionEncoder.Tests.Tools.VideoEngine.Refinement;

public sealed class ReviewExportTests : IDisposable
{
    private readonly ReviewedClips files = new();

    public void Dispose() => files.Dispose();

    [Fact]
    public void Right_captions_become_dialogues_beside_their_clips_as_align_lang_reads_them()
    {
        byte[] film = [1, 2, 3, 4];
        files.Write(6, "first.tar", clip: index => index == 1 ? ("mp4", film) : null);
        Review(ReviewVerdict.Accepted, ReviewVerdict.Edited, ReviewVerdict.Rejected, ReviewVerdict.Flagged, ReviewVerdict.Skipped);
        var summary = Export(files.At("out"), question: "What happens?");
        Assert.Equal(2, summary.Clips);
        Assert.Equal(files.At("out/reviews.jsonl"), summary.Dialogues);
        var lines = File.ReadAllLines(summary.Dialogues!);
        Assert.Equal(2, lines.Length);

        using var frames = JsonDocument.Parse(lines[0]);
        var pictured = Dialogue.Parse(frames.RootElement)!;
        Assert.Equal(DialogueMedia.Images, pictured.Media);
        Assert.Equal(2, Dialogue.TagsOf(pictured.Turns));
        Assert.Equal(ReviewedClips.Frame(0, 1), File.ReadAllBytes(files.At($"out/{pictured.Files[1]}")));

        using var clip = JsonDocument.Parse(lines[1]);
        var dialogue = Dialogue.Parse(clip.RootElement)!;
        Assert.Equal(DialogueMedia.Video, dialogue.Media);
        Assert.Equal(film, File.ReadAllBytes(files.At($"out/{dialogue.Files.Single()}")));
        Assert.Equal(
            [new DialogueTurn(DialogueRole.Human, "What happens?"), new DialogueTurn(DialogueRole.Assistant, "Better 1.")],
            dialogue.Turns);
        Assert.Equal("edited", clip.RootElement.GetProperty("verdict").GetString());
        var source = new SourceOptions { Shards = summary.Dialogues! };
        Assert.Equal(dialogue.Turns, DialogueDecoder.ReadDialogues(source, new BadSamples(), CancellationToken.None).Last());

        // A second export of the same reviews is the same.
        var before = File.ReadAllBytes(summary.Dialogues!);
        Export(files.At("out"), question: "What happens?");
        Assert.Equal(before, File.ReadAllBytes(summary.Dialogues!));
    }

    [Fact]
    public void Flagged_words_are_given_by_whole_characters()
    {
        files.Write(1, change: (_, json) => json["caption"] = "A \U0001F415 dog barks.");
        using (var store = ReviewStore.Open(files.State))
        {
            var id = store.Serve(Samples(), 0).Single();
            Decide(store, id, "Ann", ReviewVerdict.Edited, "A \U0001F415 dog barks.", "A dog.", new FlaggedSpan(9, 5));
        }

        using var line = JsonDocument.Parse(File.ReadAllText(Export(files.At("out")).Dialogues!));
        Assert.Equal("""[{"start":8,"end":13,"text":"barks"}]""", line.RootElement.GetProperty("flagged").GetRawText());
    }

    [Fact]
    public void Moved_shards_are_found_by_name_and_lost_clips_are_told()
    {
        var path = files.Write(2);
        Review(ReviewVerdict.Accepted, ReviewVerdict.Accepted);
        Directory.CreateDirectory(files.At("moved"));
        File.Move(path, files.At("moved/clips.tar"));
        Assert.Contains("clips.tar", Assert.Throws<UserErrorException>(() => Export(files.At("out"))).Message, StringComparison.Ordinal);
        Assert.Equal(2, Export(files.At("out"), shards: files.At("moved")).Clips);
        Directory.CreateDirectory(files.At("less"));
        files.Write(1, "less/clips.tar");
        List<string> said = [];
        Assert.Equal(1, Export(files.At("out"), shards: files.At("less"), log: said.Add).Clips);
        Assert.Contains("is no longer there", Assert.Single(said), StringComparison.Ordinal);
    }

    [Fact]
    public void Reviewed_shards_have_what_people_said_and_no_clip_for_which_they_found_nothing()
    {
        files.Write(6, change: (index, json) => json["human_caption"] = index == 4 ? "As it came." : null);
        files.Write(1, "unseen.tar");
        Review(ReviewVerdict.Accepted, ReviewVerdict.Edited, ReviewVerdict.Rejected, ReviewVerdict.Flagged, ReviewVerdict.Skipped);
        Directory.CreateDirectory(files.At("out/shards"));
        File.WriteAllText(files.At("out/shards/others.txt"), "stays");
        var summary = Export(files.At("out"), withShards: true).Shards!;
        Assert.Equal(new ReviewedShardsSummary(files.At("out/shards"), 5, 2, 2), summary);
        Assert.Equal("stays", File.ReadAllText(files.At("out/shards/others.txt")));

        var before = Read(files.At("clips.tar"));
        var after = Read(files.At("out/shards/clips.tar"));
        Assert.Equal([0, 1, 4, 5], after.Select(sample => int.Parse(sample.Key, CultureInfo.InvariantCulture)));
        Assert.Equal(
            [ReviewedClips.Draft(0), "Better 1.", "As it came.", null],
            after.Select(sample => (string?)Fields(sample)["human_caption"]));
        foreach (var sample in after)
        {
            var old = before.Single(other => other.Key == sample.Key);
            Assert.Equal(old.Members.Keys.Order(), sample.Members.Keys.Order());
            Assert.All(
                sample.Members.Where(member => member.Key != "json"),
                member => Assert.True(old.Members[member.Key].Span.SequenceEqual(member.Value.Span)));
            var (from, to) = (Fields(old), Fields(sample));
            from["human_caption"] = to["human_caption"]?.DeepClone();
            Assert.True(JsonNode.DeepEquals(from, to));
        }

        Assert.Equal(File.ReadAllBytes(files.At("unseen.tar")), File.ReadAllBytes(files.At("out/shards/unseen.tar")));
    }

    [Fact]
    public void A_shard_whose_clips_are_all_of_no_use_is_absent_and_sources_are_never_replaced()
    {
        var path = files.Write(1);
        Review(ReviewVerdict.Accepted);
        Assert.True(Export(files.At("out"), withShards: true).Shards is { Clips: 1 });
        using (var store = ReviewStore.Open(files.State))
        {
            store.Serve(Samples(), 0);
            Assert.NotNull(store.Undo("Ann", "Ann", TimeSpan.FromMinutes(1)).Review);
        }

        Review(ReviewVerdict.Rejected);
        Assert.Equal(new ReviewedShardsSummary(files.At("out/shards"), 0, 0, 1), Export(files.At("out"), withShards: true).Shards);
        Assert.False(File.Exists(files.At("out/shards/clips.tar")));

        Directory.CreateDirectory(files.At("shards"));
        File.Move(path, files.At("shards/clips.tar"));
        var bytes = File.ReadAllBytes(files.At("shards/clips.tar"));
        var refused = Assert.Throws<UserErrorException>(() => Export(files.Folder, shards: files.At("shards"), withShards: true));
        Assert.Contains("would be replaced", refused.Message, StringComparison.Ordinal);
        Assert.Equal(bytes, File.ReadAllBytes(files.At("shards/clips.tar")));
        var nowhere = Assert.Throws<UserErrorException>(() => Export(null, withShards: true));
        Assert.Contains("--output", nowhere.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Where_JSON_is_damaged_the_caption_is_lost_with_a_word_and_where_there_is_none_it_is_made()
    {
        using (var writer = new ShardWriter(files.At("clips.tar")))
        {
            writer.Write("0", ("mp4", new byte[] { 1 }), ("txt", Bytes(ReviewedClips.Draft(0))), ("json", Bytes("{")));
            writer.Write("1", ("mp4", new byte[] { 2 }), ("txt", Bytes(ReviewedClips.Draft(1))));
        }

        Review(ReviewVerdict.Edited, ReviewVerdict.Edited);
        List<string> said = [];
        Assert.True(Export(files.At("out"), log: said.Add, withShards: true).Shards is { Clips: 2, ByPeople: 1, LeftOut: 0 });
        Assert.Contains("sample 0: its JSON is damaged", Assert.Single(said), StringComparison.Ordinal);
        var samples = Read(files.At("out/shards/clips.tar"));
        Assert.True(samples[0].Members["json"].Span.SequenceEqual("{"u8));
        Assert.Equal("""{"human_caption":"Better 1."}""", Encoding.UTF8.GetString(samples[1].Members["json"].Span));
    }

    [Fact]
    public void Figures_are_those_of_their_definitions()
    {
        files.Write(6);
        Review(
            ReviewVerdict.Accepted,
            ReviewVerdict.Edited,
            ReviewVerdict.Rejected,
            ReviewVerdict.Flagged,
            ReviewVerdict.Skipped,
            ReviewVerdict.Accepted);
        var metrics = Export(null).Metrics;
        Assert.Equal((5, 5), (metrics.Reviews, metrics.Clips));
        Assert.Equal((0.4, 0.2, 0.2, 0.2), (metrics.Acceptance, metrics.Edited, metrics.Rejection, metrics.Flagged));
        Assert.Equal((0.2, 1), (metrics.DraftsWithFlags, metrics.FlaggedSpans));
        Assert.Equal(TextDistance.OfCharacters(ReviewedClips.Draft(1), "Better 1.") / 3, metrics.EditDistance, 1e-12);
        Assert.Equal(TextDistance.OfWords(ReviewedClips.Draft(1), "Better 1.") / 3, metrics.WordEditDistance, 1e-12);
        Assert.Equal(3, metrics.MedianSeconds);
        Assert.Null(metrics.Agreement);
        Assert.Equal(new ReviewerMetrics("Ann", 5, 0.4, 0.2, 3), Assert.Single(metrics.Reviewers));
    }

    [Fact]
    public void Agreement_counts_verdicts_and_disputed_clips_are_left_out()
    {
        (ReviewVerdict, ReviewVerdict)[] pairs =
        [
            (ReviewVerdict.Accepted, ReviewVerdict.Accepted),
            (ReviewVerdict.Edited, ReviewVerdict.Edited),
            (ReviewVerdict.Accepted, ReviewVerdict.Rejected),
            (ReviewVerdict.Flagged, ReviewVerdict.Edited),
        ];
        files.Write(pairs.Length);
        using (var store = ReviewStore.Open(files.State))
        {
            foreach (var (index, (id, (first, second))) in store.Serve(Samples(), 1).Zip(pairs).Index())
            {
                Decide(store, id, "Ann", first, ReviewedClips.Draft(index), $"One {index}.");
                Decide(store, id, "Bob", second, ReviewedClips.Draft(index), $"Two {index}.");
            }
        }

        var summary = Export(files.At("out"));
        Assert.Equal((2, 2), (summary.Clips, summary.Disputed));
        Assert.Contains("Two 1.", File.ReadAllText(summary.Dialogues!), StringComparison.Ordinal);      // the later change
        var agreement = summary.Metrics.Agreement!;
        Assert.Equal((4, 0.75), (agreement.Clips, agreement.Agreement));

        // Accepted 3, changed 4, rejected 1 of 8.
        var chance = ((3.0 * 3) + (4 * 4) + 1) / 64;
        Assert.Equal((0.75 - chance) / (1 - chance), agreement.BeyondChance!.Value, 1e-12);
        Assert.Equal(TextDistance.OfCharacters("One 1.", "Two 1.") / 2, agreement.CaptionDistance!.Value, 1e-12);
    }

    [Theory]
    [InlineData("a cat", "a cat", 0, 0)]
    [InlineData("a cat", "a dog", 0.6, 0.5)]
    [InlineData("\U0001F415", "\U0001F408", 1, 1)]
    [InlineData("a b c", "a c", 0.4, 1 / 3.0)]
    public void Distances_are_shares_of_the_longer_text(string first, string second, double characters, double words)
    {
        Assert.Equal(characters, TextDistance.OfCharacters(first, second), 1e-12);
        Assert.Equal(words, TextDistance.OfWords(first, second), 1e-12);
    }

    private static void Decide(
        ReviewStore store,
        long clip,
        string reviewer,
        ReviewVerdict verdict,
        string draft,
        string caption,
        params FlaggedSpan[] spans)
        => Assert.Equal(DecisionOutcome.Saved, store.Decide(new ReviewDecision(
            Guid.NewGuid().ToString("N"),
            reviewer,
            reviewer,
            clip,
            verdict,
            draft,
            verdict switch { ReviewVerdict.Accepted => draft, ReviewVerdict.Edited => caption, _ => null },
            spans,
            3)));

    private void Review(params ReviewVerdict[] verdicts)
    {
        using var store = ReviewStore.Open(files.State);
        foreach (var (index, (id, verdict)) in store.Serve(Samples(), 0).Zip(verdicts).Index())
        {
            FlaggedSpan[] spans = verdict == ReviewVerdict.Flagged ? [new FlaggedSpan(2, 3)] : [];
            Decide(store, id, "Ann", verdict, ReviewedClips.Draft(index), $"Better {index}.", spans);
        }
    }

    private List<ReviewSample> Samples()
        => [.. ReviewSamples.Find([files.Folder]).SelectMany(new ReviewSamples(new BadSamples()).Read)];

    private static ReadOnlyMemory<byte> Bytes(string text) => Encoding.UTF8.GetBytes(text);

    private static Sample[] Read(string shard) => [.. SampleReader.ReadShards([shard], new BadSamples())];

    private static JsonNode Fields(Sample sample) => JsonNode.Parse(sample.Members["json"].Span)!;

    private ReviewExportSummary Export(
        string? output,
        string question = "?",
        string? shards = null,
        Action<string>? log = null,
        bool withShards = false)
        => new ReviewExport(new ReviewExportOptions
        {
            State = files.State,
            Output = output,
            WithShards = withShards,
            Question = question,
            Shards = shards is null ? [] : [shards],
        }).Run(log ?? (_ => { }));
}
