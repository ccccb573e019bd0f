using PerceptionEncoder.Configuration;
using PerceptionEncoder.Media.Images;
using PerceptionEncoder.Recipes;
using PerceptionEncoder.Tests.Media.Images;
using PerceptionEncoder.Tools.Benchmark;

namespace PerceptionEncoder.Tests.Tools.Benchmark;

public class ImageThroughputTests
{
    private static readonly byte[] File = PngBytes.Write(4, 2, 8, PngBytes.Grey, [1, 2, 3, 4, 5, 6, 7, 8]);

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void The_rate_counts_every_file_each_part_of_the_time_and_every_thread(int threads)
    {
        var result = ImageThroughput.Measure([File, File, File, File], ImageDecoders.Default, size: 8, threads, passes: 2);

        Assert.Equal((threads, 4, 8), (result.Threads, result.Images, result.Size));
        Assert.True(result is { DecodeSeconds: > 0, ResizeSeconds: > 0, AugmentSeconds: > 0, ScaledSeconds: > 0 });
        Assert.Equal(threads * 4 / result.DecodeSeconds, result.DecodedPerSecond, 6);
        Assert.Equal(threads * 4 / (result.DecodeSeconds + result.ResizeSeconds), result.ImagesPerSecond, 6);
        Assert.Equal(threads * 4 / (result.DecodeSeconds + result.AugmentSeconds), result.TrainingImagesPerSecond, 6);
        Assert.Equal(threads * 4 / result.ScaledSeconds, result.ScaledTrainingImagesPerSecond, 6);
    }

    [Fact]
    public void A_file_that_is_no_image_is_named()
    {
        var error = Assert.Throws<UserErrorException>(
            () => ImageThroughput.Measure([File, [1, 2, 3]], ImageDecoders.Default, size: 8, threads: 2));

        Assert.StartsWith("image 2 of 2 cannot be decoded: ", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(8, 0)]
    [InlineData(8, 100_000)]
    public void A_size_or_a_count_of_threads_out_of_range_is_refused(int size, int threads)
    {
        var error = Assert.Throws<UserErrorException>(() => ImageBenchmark.Run([File], ImageDecoders.Default, size, threads));

        Assert.Contains($"size {size} must be from 1", error.Message, StringComparison.Ordinal);
        Assert.Contains($"threads {threads} from 1", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_count_of_threads_has_a_line_and_every_stage_another()
    {
        var measured = ImageBenchmark.Run([File], ImageDecoders.Default, size: 8, threads: 3);
        var lines = measured.Describe().ToArray();

        Assert.Equal([1, 2, 3], measured.Threads.Select(row => row.Threads));
        Assert.Equal([1, 2, 3], lines[2..5].Select(line => int.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[0])));
        Assert.Equal(12, lines.Count(line => line.StartsWith("PE-Core-", StringComparison.Ordinal)));
    }

    [Fact]
    public void Cores_follow_from_the_images_of_one_and_the_operations_of_a_pair()
    {
        var demands = CoreDemand.Of(resolution => resolution == 224 ? 500 : 1000);

        var small = demands.Single(row => row is { Model: "PE-Core-B16-224", Resolution: 224 });
        Assert.Equal(0.4 * 989e12 / CoreDemand.FlopsPerPair("PE-Core-B16-224", 224), small.ImagesPerSecond, 6);
        Assert.Equal(small.ImagesPerSecond / 500, small.Cores, 6);
        Assert.All(demands.Where(row => row.Resolution != 224), row => Assert.Equal(row.ImagesPerSecond / 1000, row.Cores, 6));
    }

    [Theory]
    [InlineData("b16")]
    [InlineData("l14")]
    [InlineData("g14")]
    public void The_stages_and_their_cost_are_those_of_the_shipped_recipe(string name)
    {
        var path = Path.Combine(RepositoryPaths.Root, "configs", "pretrain", $"pe-core-{name}.yaml");
        var config = ConfigLoader.Load<PretrainConfig>(path, environment: _ => null).Value;

        Assert.Equal(
            config.Plan().Stages.Select(entry => (entry.Stage.Resolution, entry.FlopsPerPair)).Distinct(),
            CoreDemand.Stages.Single(stages => stages.Model == config.Model.Preset).Resolutions
                .Select(resolution => (resolution, CoreDemand.FlopsPerPair(config.Model.Preset!, resolution))));
    }
}
