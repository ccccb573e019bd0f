using PerceptionEncoder.Serialization.Features;
using PerceptionEncoder.Tools.Answers;
using PerceptionEncoder.Tools.Features;

namespace PerceptionEncoder.Tests.Tools.Answers;

public sealed class FeatureSearchTests : IDisposable
{
    private readonly SmallModel model = new();

    public void Dispose() => model.Dispose();

    [Fact]
    public void A_picture_finds_itself_first_and_the_features_are_kept()
    {
        var report = Run(Search());
        Assert.Equal((12, 12, null), (report.Rows, report.Chosen, report.Recall));
        Assert.Equal(model.At("images/03.png"), report.Answers[0].Hits[0].Id);
        Assert.Equal(1, report.Answers[0].Hits[0].Score, 1e-5f);
        Assert.Equal(4, report.Answers[0].Hits.Count);
        Assert.Contains(model.Said, line => line.Contains("12 features, ", StringComparison.Ordinal));

        model.Said.Clear();
        Assert.Equal(report.Answers[0].Hits, Run(Search()).Answers[0].Hits);
        Assert.Contains(model.Said, line => line.Contains("encoded before", StringComparison.Ordinal));
        Assert.Equal(report.Answers[0].Hits, Run(Search(model.At("kept.safetensors"))).Answers[0].Hits);
    }

    [Fact]
    public void Kept_features_of_other_pictures_are_made_again()
    {
        Run(Search());
        File.Delete(model.At("images/11.png"));
        model.Said.Clear();
        Assert.Equal(11, Run(Search()).Rows);
        Assert.Contains(model.Said, line => line.Contains("encoded again", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("f.npy")]
    [InlineData("f.safetensors")]
    [InlineData("f.parquet")]
    public void Features_of_any_format_say_which_model_made_them_and_another_is_refused(string name)
    {
        model.Encode(name).Run(_ => { }, null, default);
        Assert.Equal(12, Run(Search(model.At(name))).Rows);
        model.Write("other.safetensors", seed: 2);
        var search = Search(model.At(name));
        var other = search.Source with { Encode = search.Source.Encode! with { Checkpoint = model.At("other.safetensors") } };
        Refused(search with { Source = other }, name, "another model", "other.safetensors");
    }

    [Fact]
    public void Features_of_a_layer_or_of_tokens_and_those_that_say_nothing_are_told_apart()
    {
        (model.Encode("layer.npy") with { Layer = 0, Tokens = false }).Run(_ => { }, null, default);
        Refused(Search(model.At("layer.npy")), "layer 0", "--layer");
        (model.Encode("tokens.npy") with { Tokens = true }).Run(_ => { }, null, default);
        Refused(Search(model.At("tokens.npy")), "tokens.npy", "pooled");
        model.Encode("f.npy").Run(_ => { }, null, default);
        File.Delete(model.At("f.npy.about.json"));
        Assert.Equal(12, Run(Search(model.At("f.npy"))).Rows);
        Assert.Contains(model.Said, line => line.Contains("does not say which model", StringComparison.Ordinal));
    }

    [Fact]
    public void Lists_are_made_once_kept_beside_the_features_and_their_recall_is_measured()
    {
        var exact = Run(Search());
        var sorted = Run(Search() with { Lists = 3, Probe = 3 });
        Assert.Equal((exact.Answers[0].Hits[0], 1.0), (sorted.Answers[0].Hits[0], sorted.Recall));
        Assert.True(File.Exists(model.At("kept.safetensors.lists.safetensors")));
        model.Said.Clear();
        Assert.Null(Run(Search() with { Lists = 3, Probe = 1 }).Recall);
        Assert.InRange(Run(Search() with { Lists = 3, Probe = 1, MeasureRecall = true }).Recall!.Value, 0, 1);
        Assert.DoesNotContain(model.Said, line => line.Contains("lists", StringComparison.Ordinal));
        Refused(Search() with { Lists = 13 }, "--lists 13", "12 rows");
    }

    [Fact]
    public void Patterns_choose_among_ids_and_what_fits_none_is_refused()
    {
        var report = Run(Search() with { Filter = ["*/0?.png"] });
        Assert.Equal((12, 10), (report.Rows, report.Chosen));
        Refused(Search() with { Filter = ["*.jpg"] }, "--filter *.jpg", "00.png");
        Refused(Search() with { Images = [] }, "--text", "--image");
        Refused(Search() with { Top = 0 }, "--top 0");
        Refused(Search() with { Images = [model.At("none.png")] }, "none.png", "cannot be read");
        Refused(Search() with { Source = model.Source() with { Encode = null } }, "--checkpoint");
    }

    [Fact]
    public void The_page_shows_the_query_and_its_hits()
    {
        var report = Run(Search());
        SearchPage.Write(model.At("page.html"), report, []);
        var page = File.ReadAllText(model.At("page.html"));
        Assert.Equal(5, page.Split("data:image/jpeg;base64,").Length - 1);
        Assert.Contains("1: 1.0000", page, StringComparison.Ordinal);
    }

    [Fact]
    public void A_parquet_table_of_others_is_no_feature_file()
    {
        model.Encode("f.parquet").Run(_ => { }, null, default);
        Assert.True(FeatureReader.IsFeatureFile(model.At("f.parquet")));
        File.WriteAllText(model.At("g.parquet"), "no parquet");
        Assert.False(FeatureReader.IsFeatureFile(model.At("g.parquet")));
    }

    private FeatureSearch Search(params string[] inputs)
        => new() { Source = model.Source(inputs: inputs), Images = [model.At("images/03.png")], Top = 4 };

    private SearchReport Run(FeatureSearch search) => search.Run(model.Said.Add, null, default);

    private void Refused(FeatureSearch search, params string[] parts)
    {
        var refusal = Assert.Throws<UserErrorException>(() => Run(search));
        Assert.Single(refusal.Lines);
        Assert.All(parts, part => Assert.Contains(part, refusal.Message, StringComparison.Ordinal));
    }
}
