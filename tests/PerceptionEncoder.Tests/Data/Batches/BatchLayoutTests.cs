using PerceptionEncoder.Data.Batches;
using PerceptionEncoder.Data.Shards;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tests.Data.Batches;

public class BatchLayoutTests
{
    /// <summary>A task of no model here: points of varying number with a mass each, and one yes or no.</summary>
    private static readonly BatchLayout Cloud = new(
        new BatchField("points", ScalarType.Float32, 4, 2) { Padding = -1 }, new BatchField("masses", ScalarType.Int32, 4) { Padding = 9 },
        new BatchField("bound", ScalarType.Bool));

    [Fact]
    public void A_task_of_its_own_fields_comes_in_batches_padded_to_the_layout()
    {
        using var folder = new ShardFolder();
        using var loader = new DataLoader(
            new DataOptions { Train = [folder.AddSource("s", [6])], ShuffleWindow = 1 },
            3,
            Cloud,
            Decode,
            seed: 3,
            DataPosition.Start,
            new BadSamples());
        for (var i = 0; i < 16; i++)
        {
            using var batch = loader.Next();
            Assert.Equal([3, 4, 2], batch["points"].shape);
            Assert.Equal([3, 4], batch["masses"].shape);
            Assert.Equal([3], batch["bound"].shape);
            for (var row = 0; row < batch.Size; row++)
            {
                var number = int.Parse(batch.Keys[row].AsSpan(1));
                var count = number % 5;
                Assert.Equal((count, count), (batch.Lengths("points")[row], batch.Lengths("masses")[row]));
                Assert.Equal(
                    [.. Enumerable.Repeat(number + 0.5f, 2 * count), .. Enumerable.Repeat(-1f, 2 * (4 - count))],
                    batch["points"][row].data<float>().ToArray());
                Assert.Equal(
                    [.. Enumerable.Repeat(number, count), .. Enumerable.Repeat(9, 4 - count)],
                    batch["masses"][row].data<int>().ToArray());
                Assert.Equal(number % 2 == 1, batch["bound"][row].item<bool>());
            }
        }
    }

    [Fact]
    public void Fields_are_asked_for_by_name_and_type_and_filled_up_to_their_length()
    {
        var fields = new SampleFields(Cloud);
        Assert.Equal(8, fields.Of<float>("points").Length);
        Assert.Contains("points, masses, bound", Assert.Throws<ArgumentException>(() => fields.Of<float>("point")).Message);
        Assert.Contains("Float32", Assert.Throws<ArgumentException>(() => fields.Of<byte>("points")).Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => fields.SetLength("masses", 5));
        Assert.Throws<ArgumentOutOfRangeException>(() => fields.SetLength("masses", -1));
        Assert.Equal(4, fields.LengthOf("masses"));
    }

    private static void Decode(Sample sample, SourceOptions source, ulong seed, SampleFields fields)
    {
        var number = int.Parse(sample.Key.AsSpan(1));
        var count = number % 5;
        fields.Of<float>("points")[..(2 * count)].Fill(number + 0.5f);
        fields.Of<int>("masses")[..count].Fill(number);
        fields.Of<bool>("bound")[0] = number % 2 == 1;
        if (count < 4)
        {
            // Full where nothing is said, whatever the sample before it said in the same memory.
            fields.SetLength("points", count);
            fields.SetLength("masses", count);
        }
    }
}
