using System.Buffers.Binary;
using Google.Protobuf;
using PerceptionEncoder.Training;

namespace PerceptionEncoder.Tests.Training;

public sealed class TensorBoardWriterTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("pe-events-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Scalars_come_back_from_frames_whose_checksums_hold()
    {
        using (var writer = new TensorBoardWriter(folder, resumeStep: 40, new FixedClock()))
        {
            writer.Scalar("train/loss", 2.5, 41);
            writer.Scalar("cifar10/acc1", double.NaN, long.MaxValue);
        }

        var events = Frames(File.ReadAllBytes(Assert.Single(Directory.GetFiles(folder, "*tfevents*")))).Select(Event.Parse).ToArray();
        Assert.Equal("brain.Event:2", events[0].Version);
        Assert.Equal((41, true), (events[1].Step, events[1].SessionStart));
        Assert.Equal((41, "train/loss", 2.5f), (events[2].Step, events[2].Tag, events[2].Value));
        Assert.Equal((long.MaxValue, "cifar10/acc1", float.NaN), (events[3].Step, events[3].Tag, events[3].Value));
        Assert.Equal(4, events.Length);
        Assert.All(events, one => Assert.Equal(1_700_000_000.25, one.WallTime));
    }

    [Fact]
    public void What_is_flushed_can_be_read_while_the_writer_is_open_and_each_start_has_its_file()
    {
        using var first = new TensorBoardWriter(folder);
        first.Scalar("loss", 1, 1);
        first.Flush();
        var file = Assert.Single(Directory.GetFiles(folder));
        using var reader = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        var bytes = new byte[reader.Length];
        reader.ReadExactly(bytes);
        Assert.Equal(3, Frames(bytes).Count());

        Thread.Sleep(5);
        using var second = new TensorBoardWriter(folder, resumeStep: 1);
        Assert.Equal(2, Directory.GetFiles(folder).Length);
    }

    [Fact]
    public void The_checksum_is_the_published_one()
    {
        // Check value of CRC-32C in RFC 3720, and what the mask makes of it.
        const uint checkValue = 0xE3069283;
        Assert.Equal(unchecked(((checkValue >> 15) | (checkValue << 17)) + 0xa282ead8u), Crc32C.Masked("123456789"u8));
    }

    [Fact]
    public void A_place_that_cannot_be_written_is_the_users_error()
    {
        var file = Path.Combine(folder, "file");
        File.WriteAllText(file, "");
        Assert.Throws<UserErrorException>(() => new TensorBoardWriter(file));
    }

    /// <summary>Splits a file into frames; the checksums are computed bit by bit, apart from the writer's code.</summary>
    private static IEnumerable<byte[]> Frames(byte[] bytes)
    {
        for (var at = 0; at < bytes.Length;)
        {
            var length = (int)BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(at));
            Assert.Equal(Masked(bytes.AsSpan(at, 8)), BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at + 8)));
            Assert.Equal(Masked(bytes.AsSpan(at + 12, length)), BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at + 12 + length)));
            yield return bytes[(at + 12)..(at + 12 + length)];
            at += 16 + length;
        }
    }

    private static uint Masked(ReadOnlySpan<byte> data)
    {
        var crc = uint.MaxValue;
        foreach (var value in data)
        {
            crc ^= value;
            for (var bit = 0; bit < 8; bit++)
            {
                crc = (crc & 1) != 0 ? (crc >> 1) ^ 0x82F63B78u : crc >> 1;
            }
        }

        crc = ~crc;
        return unchecked(((crc >> 15) | (crc << 17)) + 0xa282ead8u);
    }

    private sealed class FixedClock : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => DateTimeOffset.FromUnixTimeMilliseconds(1_700_000_000_250);
    }

    /// <summary>The fields of a <c>tensorflow.Event</c> that the writer uses, by the numbers of its .proto.</summary>
    private sealed class Event
    {
        public double WallTime { get; private set; }

        public long Step { get; private set; }

        public string Version { get; private set; } = "";

        public bool SessionStart { get; private set; }

        public string Tag { get; private set; } = "";

        public float Value { get; private set; }

        public static Event Parse(byte[] bytes)
        {
            var parsed = new Event();
            Read(bytes, (field, input) =>
            {
                switch (field)
                {
                    case 1: parsed.WallTime = input.ReadDouble(); break;
                    case 2: parsed.Step = input.ReadInt64(); break;
                    case 3: parsed.Version = input.ReadString(); break;
                    case 5:
                        Read(input.ReadBytes().ToByteArray(), (_, summary) => Read(summary.ReadBytes().ToByteArray(), parsed.ReadValue));
                        break;
                    case 7: Read(input.ReadBytes().ToByteArray(), (_, log) => parsed.SessionStart = log.ReadEnum() == 1); break;
                    default: throw new InvalidOperationException($"field {field} is not written");
                }
            });
            return parsed;
        }

        private void ReadValue(int field, CodedInputStream input)
        {
            if (field == 1)
            {
                Tag = input.ReadString();
            }
            else
            {
                Assert.Equal(2, field);
                Value = input.ReadFloat();
            }
        }

        private static void Read(byte[] message, Action<int, CodedInputStream> field)
        {
            using var input = new CodedInputStream(message);
            while (input.ReadTag() is var tag and not 0)
            {
                field(WireFormat.GetTagFieldNumber(tag), input);
            }
        }
    }
}
