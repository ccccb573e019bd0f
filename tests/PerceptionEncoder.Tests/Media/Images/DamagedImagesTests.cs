using System.Buffers.Binary;
using System.Diagnostics;
using ICSharpCode.SharpZipLib.Checksum;
using PerceptionEncoder.Media.Images;

namespace PerceptionEncoder.Tests.Media.Images;

/// <summary>Files with random damage: pixels or one reason, in little time and memory. A crash of a native decoder ends all.</summary>
public class DamagedImagesTests
{
    private const long Limit = 1_000_000;
    private const long MostBytes = 16 * Limit;
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(5);

    /// <summary>A hundred thousand files of a format take a minute, so that as many are tried only where PE_ACCEPTANCE is set.</summary>
    private static readonly int Files = string.IsNullOrEmpty(Environment.GetEnvironmentVariable("PE_ACCEPTANCE")) ? 1000 : 100_000;

    public static TheoryData<string> Names() => [.. Formats.Keys];

    private static Dictionary<string, byte[][]> Formats { get; } = new()
    {
        ["jpeg"] = [NoisePicture.Jpeg, NoisePicture.ProgressiveJpeg],
        ["png"] = [NoisePicture.Png, PngBytes.Write(4, 1, 8, PngBytes.Palette, [0, 1, 2, 7], ("PLTE", [10, 20, 30, 40, 50, 60]))],
        ["webp"] = [NoisePicture.LossyWebP, NoisePicture.LosslessWebP],
        ["gif"] = [NoisePicture.Gif],
        ["bmp"] = [NoisePicture.Bmp],
    };

    [Theory]
    [MemberData(nameof(Names))]
    public void Damage_gives_pixels_or_one_reason_and_takes_little_time_and_memory(string format)
    {
        var (decoded, refused) = (0, 0);
        for (var seed = 0; seed < Files; seed++)
        {
            var random = new Random(seed);
            var originals = Formats[format];
            var file = Damage(originals[seed % originals.Length], random);
            var before = GC.GetAllocatedBytesForCurrentThread();
            var clock = Stopwatch.StartNew();
            try
            {
                var image = TransientImage.Decode(ImageDecoders.Default, file, Limit, 1 << random.Next(4));
                Assert.InRange((long)image.Width * image.Height, 1, Limit);
                Assert.InRange(image.Pixels.Length, image.Width * image.Height * image.Channels, int.MaxValue);
                decoded++;
            }
            catch (ImageException bad)
            {
                Assert.NotEmpty(bad.Reason);
                Assert.DoesNotContain('\n', bad.Message);
                refused++;
            }

            Assert.True(clock.Elapsed < Longest, $"{format} {seed}: {clock.Elapsed}");
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, MostBytes);
        }

        Assert.True(decoded > 0 && refused > 0, $"{decoded} decoded, {refused} refused");
    }

    private static byte[] Damage(byte[] original, Random random)
    {
        List<byte> file = [.. original];
        for (var changes = 1 + random.Next(4); changes > 0; changes--)
        {
            // Half of the damage is where headers stand.
            var at = random.Next(random.Next(2) == 0 ? file.Count : Math.Min(file.Count, 200));
            var length = Math.Min(1 + random.Next(16), file.Count - at);
            switch (random.Next(6))
            {
                case 0:
                    file[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    file[at] = (byte)(random.Next(2) * 255);
                    break;
                case 2:
                    file[at] = (byte)random.Next(256);
                    break;
                case 3 when file.Count > 64:
                    file.RemoveRange(at, length);
                    break;
                case 4:
                    file.InsertRange(at, file.GetRange(at, length));
                    break;
                default:
                    file.RemoveRange(Math.Max(at, file.Count / 2), file.Count - Math.Max(at, file.Count / 2));
                    break;
            }
        }

        byte[] damaged = [.. file];
        if (random.Next(2) == 0)
        {
            MendChecksums(damaged);
        }

        return damaged;
    }

    /// <summary>Of PNG chunks, which otherwise keep most damage from what is behind them.</summary>
    private static void MendChecksums(byte[] file)
    {
        var at = 8L;
        while (file.AsSpan().StartsWith(PngFile.Signature) && at + 12 <= file.Length)
        {
            var length = BinaryPrimitives.ReadUInt32BigEndian(file.AsSpan((int)at));
            if (at + 12 + length > file.Length)
            {
                return;
            }

            var checksum = new Crc32();
            checksum.Update(new ArraySegment<byte>(file, (int)at + 4, 4 + (int)length));
            BinaryPrimitives.WriteUInt32BigEndian(file.AsSpan((int)(at + 8 + length)), (uint)checksum.Value);
            at += 12 + length;
        }
    }
}
