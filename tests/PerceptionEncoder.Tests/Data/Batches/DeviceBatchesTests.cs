using PerceptionEncoder.Data.Batches;
using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Tensors;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tests.Data.Batches;

/// <summary>The CPU in the place of a GPU: batches take the same way, through other memory.</summary>
public sealed class DeviceBatchesTests
{
    private static readonly BatchLayout Layout = new(new BatchField("image", uint8, 2, 3), new BatchField("length", int32));

    public DeviceBatchesTests() => TorchRuntime.Initialize();

    [Fact]
    public void A_batch_arrives_whole_in_memory_of_its_own_and_the_hosts_is_free_again()
    {
        using var host = new BatchMemory(Layout, 4, CPU);
        using var device = new DeviceBatches(Layout, 4, CPU);
        using var first = device.Send(Filled(host, 1));
        var second = Filled(host, 100);                          // in the host's memory of the first, if that is free
        Assert.Equal([.. Enumerable.Range(1, 24).Select(i => (byte)i)], first["image"].data<byte>().ToArray());
        Assert.Equal([1, 2, 3, 4], first["length"].data<int>().ToArray());
        Assert.Equal(["1", "2", "3", "4"], first.Keys);
        Assert.Equal([2, 2, 2, 2], first.Lengths("image"));
        Assert.Equal(7, first.Next.Draws);
        second.Dispose();
    }

    [Fact]
    public void Memory_of_disposed_batches_is_filled_again_and_none_is_left_at_the_end()
    {
        using var scope = NewDisposeScope();
        var before = Tensor.TotalCount;
        using (var host = new BatchMemory(Layout, 4, CPU))
        using (var device = new DeviceBatches(Layout, 4, CPU))
        {
            device.Send(Filled(host, 1)).Dispose();
            var resting = Tensor.TotalCount;
            for (var i = 0; i < 20; i++)
            {
                using var batch = device.Send(Filled(host, i));
                Assert.Equal(i, batch["image"][0, 0, 0].item<byte>());
            }

            Assert.True(Tensor.TotalCount <= resting + 20);          // of the reads above
        }

        scope.Dispose();
        Assert.True(Tensor.TotalCount <= before);
    }

    [Fact]
    public void A_batch_that_cannot_be_copied_gives_both_memories_back()
    {
        using var host = new BatchMemory(Layout, 4, CPU);
        var other = new BatchLayout(new BatchField("image", uint8, 2, 4), new BatchField("length", int32));
        using var wider = new DeviceBatches(other, 4, CPU);
        var batch = Filled(host, 1);
        var memory = TensorMemory.Pointer(batch["image"]);
        Assert.ThrowsAny<Exception>(() => wider.Send(batch));
        using var next = Filled(host, 2);
        Assert.Equal(memory, TensorMemory.Pointer(next["image"]));
    }

    private static Batch Filled(BatchMemory memory, int start)
    {
        using var scope = NewDisposeScope();
        var lease = memory.Rent();
        lease.Tensors[0].copy_(arange(start, start + 24).view(4, 2, 3));
        lease.Tensors[1].copy_(arange(start, start + 4));
        return new Batch(Layout, lease.Tensors, [.. Enumerable.Range(start, 4).Select(i => $"{i}")], new DataPosition(7, []))
        {
            Memory = lease,
        };
    }
}
