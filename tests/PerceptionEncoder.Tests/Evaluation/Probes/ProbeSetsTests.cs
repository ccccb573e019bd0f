using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Evaluation.Probes;
using PerceptionEncoder.Evaluation.Sets;
using PerceptionEncoder.Tests.Evaluation.Sets;

namespace PerceptionEncoder.Tests.Evaluation.Probes;

public sealed class ProbeSetsTests : IDisposable
{
    private readonly FolderSet sets = new();

    public void Dispose() => sets.Dispose();

    [Fact]
    public void Class_folders_are_trained_on_wherever_they_lie_and_of_each_class_so_many_as_are_asked_for()
    {
        foreach (var name in new[] { "blue", "red" })
        {
            sets.Picture($"set/test/{name}/0.png", name);
            for (var i = 0; i < 9; i++)
            {
                sets.Picture($"more/{name}/{i}.png", name);
            }
        }

        var set = new ProbeSetOptions { Name = "x", Data = sets.At("set"), Train = sets.At("more") };
        Assert.Equal([0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1], Labels(new ProbeSets(set, null, 1).Train));
        Assert.Equal([0, 0, 0, 0, 1, 1, 1, 1], Labels(new ProbeSets(set, 2, 1).Train));
        Assert.Equal([0, 1], Labels(new ProbeSets(set, 2, 1).Test));
    }

    [Fact]
    public void Other_classes_than_those_of_the_test_part_are_refused()
    {
        sets.Picture("set/test/blue/0.png", "blue");
        sets.Picture("set/test/red/0.png", "red");
        sets.Picture("more/blue/0.png", "blue");
        sets.Picture("more/green/0.png", "green");
        var set = new ProbeSetOptions { Name = "x", Data = sets.At("set"), Train = sets.At("more") };
        var failure = Assert.Throws<UserErrorException>(() => new ProbeSets(set, null, 1).Train);
        Assert.Contains("are not the 2 classes of the test part", failure.Message, StringComparison.Ordinal);
    }

    private static IEnumerable<int> Labels(OpenedSet<int> part)
        => part.Items.Read(new BadSamples(), 0).Select(item => item.Read(ItemDecoder.None).Annotation);
}
