using System.Text.RegularExpressions;
using PerceptionEncoder.Tools.Scenes;

namespace PerceptionEncoder.Tests.Tools.Scenes;

public partial class SceneCaptionTests
{
    private static readonly SceneDescription[] Scenes =
        [.. Enumerable.Range(0, 2000).Select(index => SceneGenerator.Generate(5, index, size: 1).Description)];

    [Fact]
    public void Every_caption_of_a_pair_names_the_two_objects_in_the_order_of_its_relation()
    {
        foreach (var pair in Scenes.OfType<PairScene>())
        {
            foreach (var caption in pair.Captions)
            {
                var told = RelationCaption().Match(caption);
                Assert.True(told.Success, caption);
                var words = told.Groups["words"].Value;
                var (one, other) = (told.Groups["one"].Value, told.Groups["other"].Value);
                var (first, second) = words is "right of" or "below" or "around" ? (other, one) : (one, other);
                Assert.Contains(first, new[] { $"{pair.First}", $"{pair.First.Color.ToString().ToLowerInvariant()} shape" });
                Assert.Contains(second, new[] { $"{pair.Second}", $"{pair.Second.Color.ToString().ToLowerInvariant()} shape" });
                var relation = words switch
                {
                    "left of" or "right of" or ", on the right" => SceneRelation.LeftOf,
                    "above" or "below" or ", at the bottom" => SceneRelation.Above,
                    _ => SceneRelation.Inside,
                };
                Assert.Equal(pair.Relation, relation);
            }
        }
    }

    [Fact]
    public void Every_caption_of_several_objects_gives_their_number_in_words()
        => Assert.All(Scenes.OfType<CountScene>(), scene => Assert.All(scene.Captions, caption =>
            Assert.Matches($@"\b{new[] { "two", "three", "four" }[scene.Count - 2]} {scene.Object}(s|es)\b", caption)));

    [Fact]
    public void Every_caption_of_one_object_names_it_and_says_nothing_false()
    {
        foreach (var scene in Scenes.OfType<SingleScene>())
        {
            foreach (var caption in scene.Captions)
            {
                Assert.Contains(scene.Object.ToString(), caption, StringComparison.Ordinal);
                var otherSize = scene.Size == SceneSize.Small ? "large" : "small";
                Assert.DoesNotContain(otherSize, caption, StringComparison.Ordinal);
                foreach (var place in Enum.GetValues<ScenePlace>().Where(place => place != scene.Place))
                {
                    Assert.DoesNotContain(place.ToString().ToLowerInvariant(), caption, StringComparison.Ordinal);
                }
            }
        }
    }

    [Fact]
    public void A_full_caption_belongs_to_one_description_only()
        => Assert.All(Scenes.Distinct().GroupBy(scene => scene.FullCaption), group => Assert.Single(group));

    [Fact]
    public void A_pair_and_its_mirror_have_the_same_words_in_another_order()
        => Assert.All(Scenes.OfType<PairScene>(), pair =>
        {
            Assert.NotEqual(pair.FullCaption, pair.Mirrored.FullCaption);
            Assert.Equal(pair.FullCaption.Split(' ').Order(), pair.Mirrored.FullCaption.Split(' ').Order());
        });

    [GeneratedRegex(
        @"^((on the left|at the top|in the middle) )?a (?<one>\w+ \w+) ?"
        + @"(?<words>, on the right|, at the bottom|, around it|left of|right of|above|below|inside|around) "
        + @"a (?<other>\w+ \w+)( on a \w+ background)?$")]
    private static partial Regex RelationCaption();
}
