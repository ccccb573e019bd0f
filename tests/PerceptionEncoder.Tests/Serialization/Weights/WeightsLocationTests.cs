using PerceptionEncoder.Serialization.Weights;

namespace PerceptionEncoder.Tests.Serialization.Weights;

public sealed class WeightsLocationTests : IDisposable
{
    private readonly string run = Directory.CreateTempSubdirectory("pe-weights-").FullName;

    public void Dispose() => Directory.Delete(run, recursive: true);

    [Fact]
    public void Of_a_run_with_a_moving_average_the_average_is_taken_and_raw_names_the_weights_themselves()
    {
        var (last, best) = (Checkpoint("step-000020", average: true), Checkpoint("step-000010", average: true));
        Point("latest", "step-000020");
        Point("best", "step-000010");
        (string Named, string Folder)[] places =
            [(run, last), (At("checkpoints/latest"), last), (At("checkpoints/best"), best), (best, best)];
        Assert.All(places, place =>
        {
            Assert.Equal(Path.Combine(place.Folder, "ema.safetensors"), WeightsLocation.Find(place.Named));
            Assert.Equal(Path.Combine(place.Folder, "model.safetensors"), WeightsLocation.Find(place.Named + ":raw"));
        });
        Assert.Equal(
            ("average", "raw"),
            (WeightsLocation.KindOf(WeightsLocation.Find(run)), WeightsLocation.KindOf(WeightsLocation.Find(run + ":raw"))));
    }

    [Fact]
    public void Of_a_run_without_one_both_are_the_weights()
    {
        var last = Checkpoint("step-000020", average: false);
        Point("latest", "step-000020");
        Assert.Equal(Path.Combine(last, "model.safetensors"), WeightsLocation.Find(run));
        Assert.Equal(Path.Combine(last, "model.safetensors"), WeightsLocation.Find(run + ":raw"));
        Assert.Null(WeightsLocation.KindOf(Path.Combine(last, "model.safetensors")));
    }

    [Fact]
    public void A_file_is_what_it_is()
    {
        var file = Path.Combine(Checkpoint("step-000020", average: true), "model.safetensors");
        Assert.Equal(file, WeightsLocation.Find(file));
        Assert.Contains(
            "Leave :raw out",
            Assert.Throws<UserErrorException>(() => WeightsLocation.Find(file + ":raw")).Message,
            StringComparison.Ordinal);
        File.WriteAllText(At("odd:raw"), "");
        Assert.Equal(At("odd:raw"), WeightsLocation.Find(At("odd:raw")));
    }

    private string At(string name) => Path.Combine(run, name);

    private void Point(string pointer, string name) => File.WriteAllText(At($"checkpoints/{pointer}"), name + "\n");

    private string Checkpoint(string name, bool average)
    {
        var folder = Directory.CreateDirectory(At($"checkpoints/{name}")).FullName;
        string[] files = average
            ? ["model.safetensors", "ema.safetensors", "optimizer.safetensors"]
            : ["model.safetensors", "optimizer.safetensors"];
        Array.ForEach(files, file => File.WriteAllText(Path.Combine(folder, file), ""));
        return folder;
    }
}
