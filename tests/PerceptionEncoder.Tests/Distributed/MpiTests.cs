using PerceptionEncoder.Tests.Golden;

namespace PerceptionEncoder.Tests.Distributed;

/// <summary>The real engines between real processes.</summary>
public sealed class MpiTests
{
    public static TheoryData<string, int> Worlds()
    {
        var worlds = new TheoryData<string, int>();
        foreach (var launcher in MpiRun.Launchers)
        {
            worlds.Add(launcher, 2);
            worlds.Add(launcher, 3);
        }

        return worlds;
    }

    public static TheoryData<string> Recorded() => GoldenFolder.Cases("clip_loss*.safetensors");

    [SkippableTheory]
    [MemberData(nameof(Worlds))]
    public void Every_collective_gives_all_ranks_what_it_should(string launcher, int ranks) => AssertRight(launcher, ranks, "collectives");

    [SkippableTheory]
    [MemberData(nameof(Recorded))]
    public void Ranks_find_the_losses_and_gradients_of_every_recorded_world(string file)
    {
        GoldenFolder.SkipIfAbsent(file);
        using var golden = GoldenFolder.Open(file);
        int[] worlds = [.. golden.Entries.Keys
            .Where(name => name.StartsWith("out/clip/world", StringComparison.Ordinal))
            .Select(name => int.Parse(name.Split('/')[2]["world".Length..]))
            .Distinct().Where(world => world > 1).Order()];
        Assert.NotEmpty(worlds);
        Assert.All(worlds, world => AssertRight("mpirun.openmpi", world, "loss", Path.Combine(GoldenFolder.Path, file)));
    }

    private static void AssertRight(string launcher, int ranks, params string[] arguments)
    {
        var (code, output) = MpiRun.Run(launcher, ranks, arguments);
        Assert.True(code == 0, output);
        Assert.Contains($"{ranks} ranks: all is right", output);
    }
}
