using PerceptionEncoder.Distributed;
using PerceptionEncoder.Losses;
using PerceptionEncoder.Serialization.Weights;
using PerceptionEncoder.Tensors;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tests.Distributed;

/// <summary>What a launcher starts as one rank of many: the tests of the real engines run it.</summary>
internal static class RankProgram
{
    private const double GradientTolerance = 1e-5;

    /// <summary>Times the logit scale: losses are small differences of numbers of that size, of which float32 keeps 1e-7.</summary>
    private const double LossTolerance = 4e-7;

    /// <summary>Ends with 0 where everything is right on this rank; else throws.</summary>
    public static int Main(string[] arguments)
    {
        TorchRuntime.Initialize();
        using var group = RankGroup.Open(new DistributedOptions { Timeout = "60s" }, DeviceKind.Cpu);
        using var scope = NewDisposeScope();
        switch (arguments)
        {
            case ["collectives"]:
                Collectives(group.World);
                break;
            case ["loss", var file]:
                RecordedLosses(group.World, file);
                break;
            default:
                throw new ArgumentException(string.Join(' ', arguments));
        }

        group.World.Collective.Barrier();
        if (group.World.Writes)
        {
            Console.WriteLine($"{group.World.Size} ranks: all is right");
        }

        return 0;
    }

    private static void Collectives(World world)
    {
        var ranks = world.Collective;
        foreach (var type in new[] { ScalarType.Float32, ScalarType.Float64, ScalarType.Int32, ScalarType.Int64, ScalarType.BFloat16 })
        {
            Tensor Of(int rank) => (arange(6, int64) + (10 * rank)).to(type).view(2, 3);
            var all = Enumerable.Range(0, world.Size).Select(Of).ToArray();
            var sum = stack(all.Select(one => one.to(float64))).sum(dim: 0).to(type);

            var reduced = Of(world.Rank);
            ranks.AllReduce(reduced);
            DemandEqual($"all-reduce of {type}", sum, reduced);

            var (first, second) = (Of(world.Rank), Of(world.Rank) * 2);
            var begun = new[] { ranks.BeginAllReduce(first), ranks.BeginReduce(second, world.Size - 1) };
            Array.ForEach(begun, one => one.Wait());
            DemandEqual($"begun all-reduce of {type}", sum, first);
            if (world.Rank == world.Size - 1)
            {
                DemandEqual($"reduce of {type}", sum * 2, second);
            }

            DemandEqual($"all-gather of {type}", cat(all), ranks.AllGather(Of(world.Rank)));
            var parts = cat([.. Enumerable.Range(0, world.Size).Select(part => Of(world.Rank) + part)]);
            DemandEqual($"reduce-scatter of {type}", sum + (world.Rank * world.Size), ranks.ReduceScatter(parts));

            var sent = Of(world.Rank);
            ranks.Broadcast(sent, world.Size - 1);
            DemandEqual($"broadcast of {type}", Of(world.Size - 1), sent);

            // Views and scalars are tensors too.
            var turned = Of(world.Rank).t();
            ranks.AllReduce(turned);
            DemandEqual($"all-reduce of a view of {type}", sum.t(), turned);
            var scalar = Of(world.Rank)[1, 2];
            ranks.AllReduce(scalar);
            DemandEqual($"all-reduce of a scalar of {type}", sum[1, 2], scalar);
        }

        var bytes = ranks.AllGather(tensor(new[] { (byte)(world.Rank + 1), (byte)255, (byte)0 }));
        Demand(bytes.data<byte>().ToArray().Chunk(3).Select((chunk, rank) => chunk[0] == rank + 1).All(right => right), "bytes");
        Demand(world.Sum(world.Rank) == world.Size * (world.Size - 1) / 2, "sum of numbers");
        Demand(world.Gather($"rank {world.Rank}").Select((text, rank) => text == $"rank {rank}").All(right => right), "texts");
        var large = ones(3_000_001) * (world.Rank + 1);
        ranks.AllReduce(large);
        Demand(large.eq(world.Size * (world.Size + 1) / 2).all().item<bool>(), "a large all-reduce");
    }

    /// <summary>Losses and gradients of each rank's slice, as runs of several processes of the published code have them.</summary>
    private static void RecordedLosses(World world, string file)
    {
        using var golden = SafetensorsFile.Open(file);
        var (images, texts) = (golden.Read("in/image_features"), golden.Read("in/text_features"));
        var scale = golden.Read("in/log_logit_scale").exp();
        var tolerance = LossTolerance * Math.Max(1, scale.item<float>());
        var (slice, start) = (images.shape[0] / world.Size, images.shape[0] / world.Size * world.Rank);
        foreach (var (local, tile) in new[] { (false, 4096), (false, 3), (true, 4096), (true, 3) })
        {
            var loss = TiledContrastiveLoss.Of(images.narrow(0, start, slice), texts.narrow(0, start, slice), scale, tile, world, local);
            foreach (var variant in new[] { "local", "global" })
            {
                var place = $"out/clip/world{world.Size}/{variant}/rank{world.Rank}/";
                Demand(golden.Entries.ContainsKey(place + "loss"), $"{place} is not recorded");

                // The mean of the ranks' losses is the loss of all; a rank's gradient is W times its slice of the whole one.
                var recorded = world.Sum(golden.Read(place + "loss").to(float64).item<double>()) / world.Size;
                var found = loss.Loss.item<float>();
                Demand(Math.Abs(found - recorded) <= tolerance, $"{place}loss: {found}, recorded {recorded}");
                DemandClose($"{place}grad_image", golden.Read(place + "grad_image") / world.Size, loss.Image);
                DemandClose($"{place}grad_text", golden.Read(place + "grad_text") / world.Size, loss.Text);
                var byLogarithm = world.Sum((loss.LogitScale * scale).item<float>());
                var expected = world.Sum(golden.Read(place + "grad_log_logit_scale").item<float>()) / world.Size;
                Demand(Math.Abs(byLogarithm - expected) <= tolerance, $"{place}grad_log_logit_scale: {byLogarithm}, recorded {expected}");
            }
        }
    }

    private static void DemandClose(string what, Tensor expected, Tensor found)
        => Demand((expected - found).abs().max().item<float>() <= GradientTolerance * expected.abs().max().item<float>(), what);

    private static void DemandEqual(string what, Tensor expected, Tensor found)
        => Demand(
            expected.dtype == found.dtype && expected.shape.SequenceEqual(found.shape) && expected.eq(found).all().item<bool>(),
            $"{what}: expected {expected.to(float64).ToString(TorchSharp.TensorStringStyle.Julia)}, "
            + $"found {found.to(float64).ToString(TorchSharp.TensorStringStyle.Julia)}");

    private static void Demand(bool isRight, string what)
    {
        if (!isRight)
        {
            throw new InvalidOperationException($"wrong: {what}");
        }
    }
}
