using PerceptionEncoder.Tools.Answers;

namespace PerceptionEncoder.Tests.Tools.Answers;

public sealed class NearDuplicatesTests : IDisposable
{
    private readonly SmallModel model = new();

    public NearDuplicatesTests()
    {
        File.Copy(model.At("images/02.png"), model.At("images/90.png"));
        File.Copy(model.At("images/02.png"), model.At("images/91.png"));
        File.Copy(model.At("images/05.png"), model.At("images/92.png"));
    }

    public void Dispose() => model.Dispose();

    [Fact]
    public void Copies_are_grouped_behind_the_first_of_them()
    {
        var report = Run(new NearDuplicates { Source = model.Source(), Threshold = 1 });
        Assert.Equal((15, 3), (report.Rows, report.Extra));
        Assert.Equal([["02.png", "90.png", "91.png"], ["05.png", "92.png"]], Names(report));

        NearDuplicates.WriteCsv(model.At("d.csv"), report);
        var lines = File.ReadAllLines(model.At("d.csv"));
        Assert.Equal(("group,id,cosine,what", 6), (lines[0], lines.Length));
        Assert.StartsWith("1,", lines[2], StringComparison.Ordinal);
        Assert.EndsWith("90.png,1.0000,drop", lines[2], StringComparison.Ordinal);
        NearDuplicates.WritePage(model.At("d.html"), report, []);
        Assert.Equal(5, File.ReadAllText(model.At("d.html")).Split("data:image/jpeg;base64,").Length - 1);
    }

    [Fact]
    public void Pictures_of_one_set_are_found_in_another()
    {
        Directory.CreateDirectory(model.At("test"));
        File.Move(model.At("images/90.png"), model.At("test/90.png"));
        var test = model.Source("test.safetensors", model.At("test"));
        var report = Run(new NearDuplicates { Source = model.Source(), Between = test, Threshold = 0.99999 });
        Assert.Equal((1, 1), (report.Rows, report.Extra));
        Assert.Equal([["02.png", "90.png"]], Names(report));

        model.Write("other.safetensors", seed: 3);
        var other = test with { Encode = test.Encode! with { Checkpoint = model.At("other.safetensors") } };
        Assert.Contains(
            "another model",
            Assert.Throws<UserErrorException>(() => Run(new NearDuplicates { Source = model.Source(), Between = other })).Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1.1)]
    [InlineData(double.NaN)]
    public void A_threshold_that_is_no_cosine_is_refused(double threshold)
        => Assert.Contains(
            "--threshold",
            Assert.Throws<UserErrorException>(() => Run(new NearDuplicates { Source = model.Source(), Threshold = threshold })).Message,
            StringComparison.Ordinal);

    private static string[][] Names(DuplicateReport report)
        => [.. report.Groups.Select(group => group.Select(item => Path.GetFileName(item.Id)).ToArray())];

    private DuplicateReport Run(NearDuplicates duplicates) => duplicates.Run(model.Said.Add, null, default);
}
