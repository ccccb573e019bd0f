using PerceptionEncoder.Media.Images;
using PerceptionEncoder.Tools.Scenes;

namespace PerceptionEncoder.Tests.Tools.Scenes;

public class SceneGeneratorTests
{
    [Fact]
    public void The_same_seed_and_index_give_the_same_scene_in_any_order()
    {
        var forwards = Enumerable.Range(0, 50).Select(index => SceneGenerator.Generate(3, index)).ToArray();
        var backwards = Enumerable.Range(0, 50).Reverse().Select(index => SceneGenerator.Generate(3, index)).Reverse().ToArray();
        Assert.Equal(forwards.Select(scene => scene.Description), backwards.Select(scene => scene.Description));
        Assert.Equal(forwards.Select(scene => scene.Caption), backwards.Select(scene => scene.Caption));
        Assert.All(forwards.Zip(backwards), pair => Assert.Equal(pair.First.Image.Pixels, pair.Second.Image.Pixels));
    }

    [Fact]
    public void Another_seed_or_index_gives_another_picture()
    {
        var pictures = new[] { SceneGenerator.Generate(3, 0), SceneGenerator.Generate(4, 0), SceneGenerator.Generate(3, 1) };
        Assert.Equal(3, pictures.Select(scene => Convert.ToHexString(scene.Image.Pixels)).Distinct().Count());
    }

    [Fact]
    public void A_scene_lies_on_the_side_of_the_split_that_was_asked_for()
    {
        foreach (var split in Enum.GetValues<SceneSplit>())
        {
            Assert.All(
                Enumerable.Range(0, 300),
                index => Assert.Equal(split, SceneGenerator.Generate(3, index, split, size: 8).Description.Split));
        }
    }

    [Fact]
    public void About_a_sixth_of_all_pairs_is_held_out()
    {
        var pairs =
            from first in SceneObject.OfPairs
            from second in SceneObject.OfPairs
            where first.Color != second.Color
            from relation in Enum.GetValues<SceneRelation>()
            select new PairScene(first, relation, second, SceneBackground.Grey);
        Assert.InRange(pairs.Average(pair => pair.Split == SceneSplit.Test ? 1.0 : 0), 0.13, 0.2);
    }

    [Fact]
    public void A_pair_and_its_mirror_lie_on_the_same_side_of_the_split()
    {
        var pairs = Enumerable.Range(0, 300)
            .Select(index => SceneGenerator.Generate(3, index, size: 8).Description).OfType<PairScene>().ToArray();
        Assert.NotEmpty(pairs);
        Assert.All(pairs, pair => Assert.Equal(pair.Split, pair.Mirrored.Split));
    }

    [Fact]
    public void Every_object_is_held_out_in_some_scene_of_its_own()
        => Assert.All(SceneObject.All, what => Assert.Contains(
            from size in Enum.GetValues<SceneSize>()
            from place in Enum.GetValues<ScenePlace>()
            from background in Enum.GetValues<SceneBackground>()
            select new SingleScene(what, size, place, background).Split,
            split => split == SceneSplit.Test));

    [Theory]
    [InlineData(nameof(SceneRelation.LeftOf))]
    [InlineData(nameof(SceneRelation.Above))]
    [InlineData(nameof(SceneRelation.Inside))]
    public void A_picture_of_a_pair_shows_the_relation_its_caption_tells(string name)
    {
        var relation = Enum.Parse<SceneRelation>(name);
        foreach (var shape in Enum.GetValues<SceneShape>())
        {
            var pair = new PairScene(new(SceneColor.Red, shape), relation, new(SceneColor.Blue, SceneShape.Square), SceneBackground.White);
            var picture = SceneGenerator.Render(pair, 3, 0).Image;
            var (red, blue) = (Extent(picture, IsRed), Extent(picture, IsBlue));
            var holds = relation switch
            {
                SceneRelation.LeftOf => red.Right < blue.Left,
                SceneRelation.Above => red.Bottom < blue.Top,
                _ => blue.Left < red.Left && red.Right < blue.Right && blue.Top < red.Top && red.Bottom < blue.Bottom,
            };
            Assert.True(holds, $"{pair.FullCaption}: red {red}, blue {blue}");
        }
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void A_picture_of_several_objects_shows_as_many(int count)
    {
        foreach (var shape in Enum.GetValues<SceneShape>())
        {
            var picture = SceneGenerator.Render(new CountScene(new(SceneColor.Red, shape), count, SceneBackground.White), 3, count).Image;
            Assert.Equal(count, Islands(picture, IsRed));
        }
    }

    [Fact]
    public void A_small_object_is_smaller_than_a_large_one_and_stands_where_the_caption_says()
    {
        var what = new SceneObject(SceneColor.Red, SceneShape.Circle);
        var small = Extent(
            SceneGenerator.Render(new SingleScene(what, SceneSize.Small, ScenePlace.Left, SceneBackground.Black), 3, 0).Image,
            IsRed);
        var large = Extent(
            SceneGenerator.Render(new SingleScene(what, SceneSize.Large, ScenePlace.Bottom, SceneBackground.Black), 3, 0).Image,
            IsRed);
        Assert.True(small.Right - small.Left < large.Right - large.Left);
        Assert.True(small.Right < 32);
        Assert.True(large.Top + large.Bottom > 70);
    }

    [Fact]
    public void Edges_are_antialiased()
    {
        var picture = SceneGenerator.Render(
            new SingleScene(new(SceneColor.Red, SceneShape.Circle), SceneSize.Large, ScenePlace.Middle, SceneBackground.Black),
            3,
            0).Image;
        var reds = picture.Pixels.Where((_, index) => index % 3 == 0).ToArray();
        Assert.Contains(reds, value => value is > 60 and < 180);
    }

    private static bool IsRed(byte red, byte green, byte blue) => red > 180 && green < 90 && blue < 90;

    private static bool IsBlue(byte red, byte green, byte blue) => blue > 180 && red < 90 && green < 130;

    private static bool[] Mask(DecodedImage picture, Func<byte, byte, byte, bool> isColor)
        => [.. picture.Pixels.Chunk(3).Select(pixel => isColor(pixel[0], pixel[1], pixel[2]))];

    private static (int Left, int Right, int Top, int Bottom) Extent(DecodedImage picture, Func<byte, byte, byte, bool> isColor)
    {
        var found = Mask(picture, isColor).Index()
            .Where(pixel => pixel.Item)
            .Select(pixel => (X: pixel.Index % picture.Width, Y: pixel.Index / picture.Width)).ToArray();
        Assert.NotEmpty(found);
        return (found.Min(at => at.X), found.Max(at => at.X), found.Min(at => at.Y), found.Max(at => at.Y));
    }

    /// <summary>Regions of a colour, connected over sides or corners: the tip of a star is one pixel thin.</summary>
    private static int Islands(DecodedImage picture, Func<byte, byte, byte, bool> isColor)
    {
        var left = Mask(picture, isColor);
        var islands = 0;
        while (Array.IndexOf(left, true) is >= 0 and var start)
        {
            islands++;
            var open = new Stack<int>([start]);
            while (open.TryPop(out var pixel))
            {
                if (left[pixel])
                {
                    left[pixel] = false;
                    var (x, y) = (pixel % picture.Width, pixel / picture.Width);
                    var around = from down in Enumerable.Range(y - 1, 3)
                        from across in Enumerable.Range(x - 1, 3)
                        select (X: across, Y: down);
                    foreach (var next in around.Where(
                        next => next.X >= 0 && next.X < picture.Width && next.Y >= 0 && next.Y < picture.Height))
                    {
                        open.Push((next.Y * picture.Width) + next.X);
                    }
                }
            }
        }

        return islands;
    }
}
