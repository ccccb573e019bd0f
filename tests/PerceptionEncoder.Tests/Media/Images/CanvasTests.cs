using PerceptionEncoder.Media.Images;

namespace PerceptionEncoder.Tests.Media.Images;

public class CanvasTests
{
    private static readonly (byte, byte, byte) Black = (0, 0, 0);

    [Fact]
    public void Every_letter_shows_within_its_measured_width_and_no_two_look_alike()
    {
        var seen = new Dictionary<string, char>();
        for (var letter = '!'; letter <= '~'; letter++)
        {
            var page = Draw(letter.ToString(), 16);
            var dark = Enumerable.Range(0, page.Width * page.Height).Where(at => page.Pixels[3 * at] < 128).ToArray();
            Assert.NotEmpty(dark);
            Assert.InRange(dark.Max(at => at % page.Width), 0, 4 + Canvas.MeasureText(letter.ToString(), 16));
            Assert.True(seen.TryAdd(Convert.ToBase64String(page.Pixels), letter), $"{letter} looks like another letter");
        }
    }

    [Fact]
    public void Capitals_are_as_high_as_asked_and_stand_on_the_line()
    {
        var page = Draw("H", 8);
        var rows = page.Pixels.Chunk(3 * page.Width).Index().Where(row => row.Item.Min() < 128).Select(row => row.Index).ToArray();
        Assert.Equal((12, 19), (rows[0], rows[^1])); // the line is at row 20
    }

    [Fact]
    public void What_is_not_ASCII_shows_as_a_question_mark()
        => Assert.Equal(Draw("a?b?c", 8).Pixels, Draw("aéb𝄞c", 8).Pixels);

    [Fact]
    public void Drawing_beyond_the_page_is_cut_for_shapes_and_text_and_refused_for_pictures()
    {
        var page = new Canvas(10, 10, Canvas.White);
        page.DrawText("wide text", -5, 30, 20, Black);
        page.FillRectangle(8, 8, 100, 100, Black);

        Assert.Equal(0, page.ToImage().Pixels[^1]);
        var picture = new DecodedImage(1, 1, 3, [1, 2, 3], Indexed: false);
        Assert.Throws<ArgumentException>(() => page.DrawPicture(picture, 5, 5, 6));
    }

    [Fact]
    public void The_bytes_of_files_are_the_same_from_call_to_call()
    {
        var page = Draw("same", 12);
        Assert.Equal(PngEncoder.Encode(page), PngEncoder.Encode(page));
        Assert.Equal(JpegEncoder.Encode(page), JpegEncoder.Encode(page));
        var image = ImageDecoders.Default.Decode(JpegEncoder.Encode(page), maximumPixels: 100_000);
        Assert.InRange(page.Pixels.Zip(image.Pixels, (stored, read) => Math.Abs(stored - read)).Average(), 0, 4);
    }

    private static DecodedImage Draw(string text, int capitalHeight)
    {
        var page = new Canvas(120, 30, Canvas.White);
        page.DrawText(text, 4, 20, capitalHeight, Black);
        return page.ToImage();
    }
}
