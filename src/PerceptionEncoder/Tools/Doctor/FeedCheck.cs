using PerceptionEncoder.Data.Batches;
using PerceptionEncoder.Data.Shards;
using TorchSharp;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tools.Doctor;

/// <summary>Whether batches reach the device whole, and stay whole until it has read them.</summary>
internal static class FeedCheck
{
    private const int Batches = 24, Samples = 16, Side = 112, WorkSide = 512;
    private static readonly BatchLayout Layout = new(new BatchField("image", uint8, 3, Side, Side));

    /// <summary>By the way that training takes: copied while the device is busy, and given back while it still is.</summary>
    public static MachineCheck Copies(Device device)
    {
        using var sending = new DeviceBatches(Layout, Samples, device);
        return Copies(device, sending.Send);
    }

    /// <param name="device">Where they go.</param>
    /// <param name="send">Brings a batch of the host there, and disposes the host's.</param>
    public static MachineCheck Copies(Device device, Func<Batch, Batch> send) => MachineCheck.AtMost(
        0,
        $"wrong batches of {Batches} that were copied beside the device's work",
        "Batches are overwritten before the device has read them: training would learn from mixed pictures. Train on the CPU, and report "
            + "it.",
        () =>
        {
            using var host = new BatchMemory(Layout, Samples, CPU, pinned: device.type == DeviceType.CUDA);
            var work = ones([WorkSide, WorkSide], float32, device);
            var (sums, expected) = (new List<Tensor>(), new List<long>());
            for (var i = 0; i < Batches; i++)
            {
                var lease = host.Rent();
                lease.Tensors[0].fill_(i);
                using var batch = send(new Batch(Layout, lease.Tensors, new string[Samples], DataPosition.Start) { Memory = lease });
                work = matmul(work, work) / WorkSide;            // so that the batch is read late, after it was given back
                sums.Add(batch["image"].sum());
                expected.Add((long)i * Samples * 3 * Side * Side);
            }

            return stack(sums).cpu().ne(tensor(expected.ToArray())).sum().item<long>();
        });
}
