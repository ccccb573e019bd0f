using TorchSharp;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tensors;

/// <summary>Copies between host and GPU that keep neither waiting for the other. On the CPU nothing is copied.</summary>
internal static class DeviceCopies
{
    /// <summary>
    /// A tensor of the host on a device. From pageable memory a copy waits until the GPU has done all that it was given before; it goes by
    /// way of pinned memory, which torch takes back when the copy is done.
    /// </summary>
    public static Tensor SendTo(this Tensor host, Device device)
    {
        if (device.type != DeviceType.CUDA || host.device_type != DeviceType.CPU)
        {
            return host.to(device);
        }

        using var pinned = host.pin_memory();
        return pinned.to(device, non_blocking: true);
    }

    /// <summary>Starts to bring a tensor to the host, behind what the GPU has been given so far.</summary>
    /// <returns>The tensor on the host, to be read once the wait is over; no wait where it is there.</returns>
    public static (Tensor Host, Action? Wait) Fetch(this Tensor tensor)
    {
        var device = tensor.device;
        return device.type == DeviceType.CUDA
            ? (tensor.to(CPU, non_blocking: true), DeviceWork.WaitForNow(device))
            : (tensor, null);
    }
}
