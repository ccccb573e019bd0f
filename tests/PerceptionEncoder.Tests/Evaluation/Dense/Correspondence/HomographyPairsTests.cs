using PerceptionEncoder.Evaluation.Dense.Correspondence;

namespace PerceptionEncoder.Tests.Evaluation.Dense.Correspondence;

public sealed class HomographyPairsTests : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("pe-flat-").FullName;

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Fact]
    public void Places_move_as_the_homography_says_and_those_outside_are_left_out()
    {
        Scene("v_wall", "2 0 -10 0 1 0 0 0 1");
        Scene("i_door", "2 0 0 0 2 0 0 0 2");
        var pairs = CorrespondenceFolder.Pairs(new CorrespondenceSetOptions { Name = "flat", Data = root }, _ => { });
        Assert.Equal(["i_door-1-2", "v_wall-1-2"], pairs.Select(pair => pair.Name));
        Assert.Equal(pairs[0].SourcePoints, pairs[0].TargetPoints);
        Assert.Equal(256, pairs[0].SourcePoints.Count);
        Assert.Equal(("v_wall/1.ppm", "v_wall/2.ppm"), (pairs[1].Source, pairs[1].Target));
        Assert.Equal(8 * 16, pairs[1].SourcePoints.Count);
        Assert.All(pairs[1].SourcePoints.Zip(pairs[1].TargetPoints), points =>
        {
            Assert.Equal((2 * points.First.X) - 10, points.Second.X, 1e-9);
            Assert.Equal(points.First.Y, points.Second.Y, 1e-9);
        });
        Assert.Equal(32, pairs[1].Length(null));
    }

    [Fact]
    public void Views_without_a_place_in_common_are_left_out_and_said()
    {
        Scene("v_wall", "1 0 0 0 1 0 0 0 1");
        Scene("v_away", "1 0 900 0 1 0 0 0 1");
        var log = new List<string>();
        var pairs = CorrespondenceFolder.Pairs(new CorrespondenceSetOptions { Name = "flat", Data = root }, log.Add);
        Assert.Equal("v_wall-1-2", Assert.Single(pairs).Name);
        Assert.Contains("v_away 1 and 2", Assert.Single(log), StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_no_homography_and_a_picture_that_is_not_there_are_named()
    {
        Scene("v_wall", "1 0 0 0 1 0 0 0");
        Assert.Contains("H_1_2: is no homography", Refuse(), StringComparison.Ordinal);
        Scene("v_wall", "1 0 0 0 1 0 0 0 1");
        File.Delete(Path.Combine(root, "v_wall", "2.ppm"));
        Assert.Contains("has no picture 2", Refuse(), StringComparison.Ordinal);
        Directory.Delete(Path.Combine(root, "v_wall"), recursive: true);
        Assert.Contains("HPatches", Refuse(), StringComparison.Ordinal);

        string Refuse() => Assert.Throws<UserErrorException>(
            () => CorrespondenceFolder.Pairs(new CorrespondenceSetOptions { Name = "flat", Data = root }, _ => { })).Message;
    }

    private void Scene(string name, string homography)
    {
        var folder = Directory.CreateDirectory(Path.Combine(root, name)).FullName;
        foreach (var view in new[] { 1, 2 })
        {
            File.WriteAllBytes(Path.Combine(folder, $"{view}.ppm"), [.. "P6\n# made here\n32 24\n255\n"u8, .. new byte[3 * 32 * 24]]);
        }

        File.WriteAllText(Path.Combine(folder, "H_1_2"), homography);
    }
}
