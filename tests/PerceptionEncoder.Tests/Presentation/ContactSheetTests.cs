using PerceptionEncoder.Media.Images;
using PerceptionEncoder.Presentation;

namespace PerceptionEncoder.Tests.Presentation;

public sealed class ContactSheetTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("pe-sheet-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void A_row_holds_four_images_and_a_fifth_starts_the_next()
    {
        var four = Write([.. Enumerable.Repeat(Item(correct: true), 4)]);
        var five = Write([.. Enumerable.Repeat(Item(correct: true), 5)]);
        Assert.Equal(four.Width, five.Width);
        Assert.InRange(five.Height, (int)(1.9 * four.Height), 2 * four.Height);
    }

    [Fact]
    public void Right_answers_are_framed_green_and_wrong_ones_red()
    {
        var right = Write([Item(correct: true)]);
        var wrong = Write([Item(correct: false)]);
        var (green, red) = (Pixel(right, 17, 100), Pixel(wrong, 17, 100));
        Assert.True(green.Green > green.Red + 50, $"{green}");
        Assert.True(red.Red > red.Green + 50, $"{red}");
    }

    [Fact]
    public void Longer_texts_are_wrapped_and_cut_within_the_cell()
    {
        var plain = Write([Item(correct: true)]);
        var title = string.Join(' ', Enumerable.Repeat("many words", 40)) + " ünïcödé";
        var longer = Write([Item(correct: true) with { Title = title }]);
        Assert.Equal(plain.Width, longer.Width);
        Assert.InRange(longer.Height - plain.Height, 1, 40);
    }

    [Fact]
    public void The_picture_keeps_its_colours_and_proportions()
    {
        var wide = new ContactSheetItem(
            [.. Enumerable.Repeat((byte)200, 8), .. Enumerable.Repeat((byte)100, 8), .. Enumerable.Repeat((byte)50, 8)],
            2,
            4,
            "wide",
            []);
        var sheet = Write([wide]);
        Assert.Equal((200, 100, 50), Pixel(sheet, 136, 136));
        Assert.NotEqual((200, 100, 50), Pixel(sheet, 40, 136));
    }

    [Fact]
    public void Pixels_that_do_not_fit_the_size_are_refused()
        => Assert.Throws<ArgumentException>(() => Write([Item(correct: true) with { Height = 5 }]));

    [Fact]
    public void A_folder_that_is_not_there_is_one_clear_line()
        => Assert.Throws<UserErrorException>(() => ContactSheet.Write(Path.Combine(folder, "absent", "sheet.png"), [Item(correct: true)]));

    private static ContactSheetItem Item(bool correct)
        => new(new byte[3 * 4 * 4], 4, 4, "a title", [("first", 0.9, correct), ("second", 0.1, !correct)]);

    private static (byte Red, byte Green, byte Blue) Pixel(DecodedImage image, int row, int column)
        => image.Pixels.AsSpan(3 * ((row * image.Width) + column), 3) is [var red, var green, var blue] ? (red, green, blue) : default;

    private DecodedImage Write(IReadOnlyList<ContactSheetItem> items)
    {
        var path = Path.Combine(folder, "sheet.png");
        ContactSheet.Write(path, items);
        return ImageDecoders.Default.Decode(File.ReadAllBytes(path), IImageDecoder.DefaultMaximumPixels);
    }
}
