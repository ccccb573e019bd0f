using PerceptionEncoder.Evaluation.Visualization;

namespace PerceptionEncoder.Tests.Evaluation.Visualization;

public sealed class ImagePointTests
{
    [Theory]
    [InlineData("0,0", 0.005, 0.01)]
    [InlineData("99,49", 0.995, 0.99)]
    [InlineData("25%,80%", 0.25, 0.8)]
    [InlineData("center", 0.5, 0.5)]
    public void A_point_is_written_in_pixels_percent_or_by_name(string text, double x, double y)
    {
        var place = ImagePoint.Parse(text).In("a.jpg", 100, 50);
        Assert.Equal(x, place.X, 1e-9);
        Assert.Equal(y, place.Y, 1e-9);
    }

    [Theory]
    [InlineData("12")]
    [InlineData("a,b")]
    [InlineData("1,2,3")]
    [InlineData("NaN,1")]
    public void What_is_no_point_is_an_error_that_shows_how_to_write_one(string text)
        => Assert.Contains("40%,55%", Assert.Throws<UserErrorException>(() => ImagePoint.Parse(text)).Message, StringComparison.Ordinal);

    [Fact]
    public void A_point_outside_of_an_image_is_an_error_that_names_the_image()
        => Assert.StartsWith(
            "a.jpg: ",
            Assert.Throws<UserErrorException>(() => ImagePoint.Parse("100,10").In("a.jpg", 100, 50)).Message,
            StringComparison.Ordinal);
}
