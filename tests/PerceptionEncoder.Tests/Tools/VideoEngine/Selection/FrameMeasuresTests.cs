using PerceptionEncoder.Media.Images;
using PerceptionEncoder.Tests.Media.Video;
using PerceptionEncoder.Tools.VideoEngine.Selection;

namespace PerceptionEncoder.Tests.Tools.VideoEngine.Selection;

public sealed class FrameMeasuresTests
{
    [Fact]
    public void A_cut_is_a_jump_that_stands_alone_a_flash_or_fast_motion_is_none()
    {
        byte[] dark = Grey(60), light = Grey(180);
        Assert.Equal(1, Of(dark, dark, dark, light, light, light).Cuts);
        Assert.Equal(2, Of(dark, dark, light, light, dark, dark).Cuts);
        Assert.Equal(0, Of(dark, dark, light, dark, dark).Cuts);
        Assert.Equal(0, Of(dark, light, dark, light, dark, light).Cuts);
        Assert.Equal(0, FrameMeasures.Of([dark, dark, light, light], places: null).Cuts);
        Assert.Equal(0, Of(dark, Grey(66), Grey(72), Grey(78)).Cuts);
    }

    [Fact]
    public void Cuts_of_windows_stand_for_those_of_the_whole_clip_and_what_lies_between_is_not_taken_for_one()
    {
        // A cut every 20 frames of 401, of which three windows of 40 are seen.
        var pictures = Enumerable.Range(0, 401).Select(frame => Grey((byte)(frame / 20 % 2 == 0 ? 60 : 180))).ToArray();
        int[] places = [.. Enumerable.Range(5, 40).Concat(Enumerable.Range(180, 40)).Concat(Enumerable.Range(361, 40))];
        var seen = FrameMeasures.Of([.. places.Select(place => pictures[place])], places);
        Assert.Equal(20, Of(pictures).Cuts);
        Assert.InRange(seen.Cuts, 16, 24);
        Assert.Equal(5 * 120 / 255.0 / 117, seen.Difference, 3);
        Assert.Equal(0, FrameMeasures.Of([Grey(60), Grey(180)], [0, 9]).Cuts);
    }

    [Fact]
    public void Black_and_still_are_shares_of_the_frames_and_of_the_steps()
    {
        var measures = Of(Grey(0), Grey(0), Grey(0), Grey(128));
        Assert.Equal((0.75, 2.0 / 3), (measures.Black, measures.Still));
        Assert.Equal(128 / 255.0 / 4, measures.Brightness, 6);
        Assert.Equal(128 / 255.0 / 3, measures.Difference, 6);
        var lamp = Grey(2);
        lamp.AsSpan(0, 100).Fill(220);                              // a dark scene, not a black one
        Assert.Equal((0.0, 1.0), (Of(lamp).Black, Of(Grey(2)).Black));
        Assert.Equal((0.0, 1.0, 0), (Of(Grey(9)).Difference, Of(Grey(9)).Still, Of(Grey(9)).Cuts));
    }

    [Fact]
    public void A_hash_stays_when_a_picture_is_made_smaller_brighter_or_compressed_and_not_when_it_is_another()
    {
        var pictures = Enumerable.Range(1, 12).Select(seed => MovingClip.Frames(1, 0, 0, (ulong)seed)[0]).ToArray();
        var hashes = pictures.Select(Hash).ToArray();
        foreach (var (picture, hash) in pictures.Zip(hashes))
        {
            var small = new ImageTransform(48, 80).Apply(picture);
            var smaller = DecodedImage.OfPlanes(small, 48, 80);
            var brighter = picture with { Pixels = [.. picture.Pixels.Select(value => (byte)Math.Min(255, value + 20))] };
            var packed = ImageDecoders.Default.Decode(JpegEncoder.Encode(picture, 40), IImageDecoder.DefaultMaximumPixels);
            foreach (var changed in new[] { smaller, brighter, packed })
            {
                Assert.InRange(PerceptualHash.Distance([hash], [Hash(changed)]), 0, 6);
            }
        }

        for (var one = 0; one < hashes.Length; one++)
        {
            for (var other = one + 1; other < hashes.Length; other++)
            {
                Assert.InRange(PerceptualHash.Distance([hashes[one]], [hashes[other]]), 12, 64);
            }
        }
    }

    [Fact]
    public void A_distance_is_the_mean_of_the_bits_that_differ()
        => Assert.Equal(1.5, PerceptualHash.Distance([0b111, 0], [0b000, 0]), 6);

    private static FrameMeasures Of(params byte[][] pictures) => FrameMeasures.Of(pictures, [.. Enumerable.Range(0, pictures.Length)]);

    private static byte[] Grey(byte value) => [.. Enumerable.Repeat(value, FrameMeasures.Side * FrameMeasures.Side)];

    private static ulong Hash(DecodedImage picture) => PerceptualHash.Of(FrameMeasures.Grey(DecodedImage.OfPlanes(
        new ImageTransform(FrameMeasures.Side, FrameMeasures.Side).Apply(picture),
        FrameMeasures.Side,
        FrameMeasures.Side)));
}
