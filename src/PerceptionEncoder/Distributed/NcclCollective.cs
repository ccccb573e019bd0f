using System.Globalization;
using PerceptionEncoder.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace PerceptionEncoder.Distributed;

/// <summary>
/// Collectives of NCCL, one GPU a rank, on a stream of their own beside the one that computes. What lies on the host goes over the GPU.
/// </summary>
internal sealed class NcclCollective : ICollective, IDisposable
{
    private readonly RankWatch watch;
    private readonly Device device;
    private readonly CudaRuntime cudaRuntime;
    private readonly nint group;
    private readonly nint stream;

    /// <summary>Joins the others; all ranks do.</summary>
    /// <param name="launch">Which rank this is, and which GPU it takes.</param>
    /// <param name="id">Made by the first rank.</param>
    /// <param name="watch">Is told what is under way.</param>
    /// <exception cref="UserErrorException">There is no GPU for this rank.</exception>
    public NcclCollective(LaunchEnvironment launch, string id, RankWatch watch)
    {
        this.watch = watch;
        (Rank, Size) = (launch.Rank, launch.Size);
        device = new Device(DeviceType.CUDA, launch.GpuAmong(CudaDevices.Find().Count));
        cudaRuntime = CudaRuntime.Of(device)
            ?? throw new UserErrorException("distributed.backend: nccl, but libtorch's CUDA runtime cannot be reached; "
                + "see docs/installation.md, or set mpi.");
        cudaRuntime.Choose(device);
        group = NcclLibrary.Join(id, Rank, Size);
        stream = cudaRuntime.CreateStream(device);
    }

    /// <inheritdoc/>
    public int Rank { get; }

    /// <inheritdoc/>
    public int Size { get; }

    /// <inheritdoc/>
    public void AllReduce(Tensor tensor)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var here = tensor.to(device).contiguous();
        BeginAllReduce(here).Wait();
        if (here.Handle != tensor.Handle)
        {
            tensor.copy_(here);
        }
    }

    /// <inheritdoc/>
    public IPendingCollective BeginAllReduce(Tensor tensor) => Begin("all-reduce", tensor, () => NcclLibrary.AllReduce(
        TensorMemory.Pointer(tensor),
        tensor.numel(),
        tensor.dtype,
        group,
        stream));

    /// <inheritdoc/>
    public IPendingCollective BeginReduce(Tensor tensor, int root) => Begin("reduce", tensor, () => NcclLibrary.Reduce(
        TensorMemory.Pointer(tensor),
        tensor.numel(),
        tensor.dtype,
        root,
        group,
        stream));

    /// <inheritdoc/>
    public Tensor AllGather(Tensor tensor)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var mine = tensor.to(device).contiguous();
        var all = empty([Size * tensor.shape[0], .. tensor.shape[1..]], dtype: tensor.dtype, device: device);
        Begin("all-gather", mine, () => NcclLibrary.AllGather(
            TensorMemory.Pointer(mine),
            TensorMemory.Pointer(all),
            mine.numel(),
            mine.dtype,
            group,
            stream)).Wait();
        return all.to(tensor.device).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public Tensor ReduceScatter(Tensor tensor)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var all = tensor.to(device).contiguous();
        var mine = empty([tensor.shape[0] / Size, .. tensor.shape[1..]], dtype: tensor.dtype, device: device);
        Begin("reduce-scatter", all, () => NcclLibrary.ReduceScatter(
            TensorMemory.Pointer(all),
            TensorMemory.Pointer(mine),
            mine.numel(),
            mine.dtype,
            group,
            stream)).Wait();
        return mine.to(tensor.device).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Broadcast(Tensor tensor, int root)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var here = tensor.to(device).contiguous();
        Begin("broadcast", here, () => NcclLibrary.Broadcast(
            TensorMemory.Pointer(here),
            here.numel(),
            here.dtype,
            root,
            group,
            stream)).Wait();
        if (here.Handle != tensor.Handle)
        {
            tensor.copy_(here);
        }
    }

    /// <inheritdoc/>
    public void Barrier()
    {
        using var scope = NewDisposeScope();
        AllReduce(zeros(1));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        cudaRuntime.Finish(stream);
        NcclLibrary.Leave(group);
        cudaRuntime.DestroyStream(stream);
    }

    /// <summary>Queues a call behind what the tensor's device has been given so far.</summary>
    private Queued Begin(string what, Tensor tensor, Action call)
    {
        if (tensor.device_type != DeviceType.CUDA || !tensor.is_contiguous())
        {
            throw new ArgumentException("a tensor that a collective keeps must be contiguous and on the GPU", nameof(tensor));
        }

        watch.ThrowIfFailed();
        watch.Begin(string.Create(CultureInfo.InvariantCulture, $"{what} of {tensor.dtype} [{string.Join(", ", tensor.shape)}]"));
        var given = cudaRuntime.MarkWork(device);
        cudaRuntime.Order(stream, given);
        call();
        watch.End();
        return new Queued(this, cudaRuntime.MarkWork(device, stream));
    }

    /// <summary>What the stream has been given: what computes next waits for it, the host does not.</summary>
    private sealed class Queued(NcclCollective owner, nint mark) : IPendingCollective
    {
        public void Wait() => owner.cudaRuntime.Order(0, mark);
    }
}
