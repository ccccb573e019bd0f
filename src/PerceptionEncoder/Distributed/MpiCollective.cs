using System.Diagnostics;
using System.Globalization;
using PerceptionEncoder.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace PerceptionEncoder.Distributed;

/// <summary>
/// Collectives of the system's MPI, on the memory of CPU tensors. Tensors of a GPU are given as they are where the MPI is CUDA-aware, and
/// go through the host where it is not.
/// </summary>
internal sealed class MpiCollective : ICollective, IDisposable
{
    /// <summary>MPI counts with int: longer tensors go in parts.</summary>
    private const int MaximumCount = 1 << 30;

    private readonly MpiLibrary mpi;
    private readonly CollectiveThread thread;
    private readonly bool isCudaAware;
    private nint bf16Sum;

    /// <summary>Begins MPI, on a thread that makes all its calls.</summary>
    /// <param name="mpi">The library.</param>
    /// <param name="thread">Disposed with this.</param>
    /// <exception cref="UserErrorException">MPI cannot begin.</exception>
    public MpiCollective(MpiLibrary mpi, CollectiveThread thread)
    {
        (this.mpi, this.thread) = (mpi, thread);
        (int Rank, int Size) place = default;
        thread.Do("start", () =>
        {
            mpi.Initialize();
            place = mpi.Place();
            bf16Sum = mpi.CreateBf16Sum();
        });
        (Rank, Size) = place;
        isCudaAware = mpi.IsCudaAware;
    }

    /// <inheritdoc/>
    public int Rank { get; }

    /// <inheritdoc/>
    public int Size { get; }

    /// <inheritdoc/>
    public TimeSpan Waited => thread.Waited;

    /// <inheritdoc/>
    public void AllReduce(Tensor tensor)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var packed = tensor.contiguous();
        BeginAllReduce(packed).Wait();
        if (!tensor.is_contiguous())
        {
            tensor.copy_(packed);
        }
    }

    /// <inheritdoc/>
    public IPendingCollective BeginAllReduce(Tensor tensor)
    {
        var operation = SumOf(tensor);
        return Begin("all-reduce", tensor, memory => InParts(memory, (start, count, type)
            => mpi.AllReduce(start, count, type, operation)));
    }

    /// <inheritdoc/>
    public IPendingCollective BeginReduce(Tensor tensor, int root)
    {
        var operation = SumOf(tensor);
        return Begin("reduce", tensor, memory => InParts(memory, (start, count, type)
            => mpi.Reduce(start, count, type, operation, root, Rank == root)));
    }

    /// <inheritdoc/>
    public Tensor AllGather(Tensor tensor)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var mine = Host(tensor.contiguous());
        var all = empty([Size * tensor.shape[0], .. tensor.shape[1..]], dtype: tensor.dtype, device: mine.device);
        var (count, type) = Unit(mine);
        thread.Do(Named("all-gather", tensor), () => mpi.AllGather(TensorMemory.Pointer(mine), TensorMemory.Pointer(all), count, type));
        return all.to(tensor.device).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public Tensor ReduceScatter(Tensor tensor)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var all = Host(tensor.contiguous());
        var mine = empty([tensor.shape[0] / Size, .. tensor.shape[1..]], dtype: tensor.dtype, device: all.device);
        var operation = SumOf(tensor);
        thread.Do(Named("reduce-scatter", tensor), () => mpi.ReduceScatter(
            TensorMemory.Pointer(all),
            TensorMemory.Pointer(mine),
            Count(mine.numel()),
            mpi.TypeOf(tensor.dtype),
            operation));
        return mine.to(tensor.device).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Broadcast(Tensor tensor, int root)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var packed = Host(tensor.contiguous());
        thread.Do(Named("broadcast", tensor), () =>
        {
            var (pointer, bytes) = (TensorMemory.Pointer(packed), packed.numel() * packed.ElementSize);
            for (var start = 0L; start < bytes; start += MaximumCount)
            {
                mpi.Broadcast(pointer + (nint)start, (int)Math.Min(MaximumCount, bytes - start), mpi.Byte, root);
            }
        });
        if (Rank != root && packed.Handle != tensor.Handle)
        {
            tensor.copy_(packed);
        }
    }

    /// <inheritdoc/>
    public void Barrier() => thread.Do("barrier", mpi.Barrier);

    /// <summary>The fastest of some sums by nothing but MPI's calls: what <see cref="AllReduce"/> is measured against.</summary>
    public double EngineSeconds(Tensor tensor, int passes)
    {
        var fastest = double.MaxValue;
        thread.Do("loop of all-reduces", () =>
        {
            for (var pass = 0; pass < passes; pass++)
            {
                mpi.Barrier();
                var begin = Stopwatch.GetTimestamp();
                InParts(tensor, (start, count, type) => mpi.AllReduce(start, count, type, mpi.Sum));
                fastest = Math.Min(fastest, Stopwatch.GetElapsedTime(begin).TotalSeconds);
            }
        });
        return fastest;
    }

    /// <summary>Ends MPI; all ranks do. Not after a failure, when they will not come.</summary>
    public void Dispose()
    {
        if (!thread.IsBroken)
        {
            thread.Do("end", mpi.Complete);
        }

        thread.Dispose();
    }

    private nint SumOf(Tensor tensor) => tensor.dtype == ScalarType.BFloat16 ? bf16Sum : mpi.Sum;

    private static string Named(string what, Tensor tensor)
        => string.Create(CultureInfo.InvariantCulture, $"{what} of {tensor.dtype} [{string.Join(", ", tensor.shape)}]");

    /// <summary>Whether MPI cannot read a tensor where it lies.</summary>
    private bool GoesThroughHost(Tensor tensor) => tensor.device_type != DeviceType.CPU && !isCudaAware;

    /// <summary>A tensor as MPI can read it, once its device has computed it.</summary>
    private Tensor Host(Tensor tensor)
    {
        if (GoesThroughHost(tensor))
        {
            return tensor.cpu();
        }

        if (tensor.device_type == DeviceType.CUDA)
        {
            cuda.synchronize(tensor.device);
        }

        return tensor;
    }

    private IPendingCollective Begin(string what, Tensor tensor, Action<Tensor> call)
    {
        if (!tensor.is_contiguous())
        {
            throw new ArgumentException("a tensor that a collective keeps must be contiguous", nameof(tensor));
        }

        if (!GoesThroughHost(tensor))
        {
            Host(tensor);
            return thread.Begin(Named(what, tensor), () => call(tensor));
        }

        var staged = tensor.cpu().pin_memory().DetachFromDisposeScope();
        return new Staged(thread.Begin(Named(what, tensor), () => call(staged)), staged, tensor);
    }

    private void InParts(Tensor tensor, Action<nint, int, nint> call)
    {
        var (pointer, type) = (TensorMemory.Pointer(tensor), mpi.TypeOf(tensor.dtype));
        for (var start = 0L; start < tensor.numel(); start += MaximumCount)
        {
            call(pointer + (nint)(start * tensor.ElementSize), (int)Math.Min(MaximumCount, tensor.numel() - start), type);
        }
    }

    /// <summary>What is only moved, in the largest units that MPI's counts reach.</summary>
    private (int Count, nint Type) Unit(Tensor tensor)
    {
        var bytes = tensor.numel() * tensor.ElementSize;
        return bytes % sizeof(float) == 0
            ? (Count(bytes / sizeof(float)), mpi.TypeOf(ScalarType.Float32))
            : (Count(bytes), mpi.Byte);
    }

    private static int Count(long elements) => elements <= int.MaxValue
        ? (int)elements
        : throw new NotSupportedException($"{elements} elements of one rank are more than MPI counts; lower the batch of a rank");

    /// <summary>A collective of a copy on the host.</summary>
    private sealed class Staged(IPendingCollective work, Tensor staged, Tensor target) : IPendingCollective
    {
        public void Wait()
        {
            work.Wait();
            using var noGradient = no_grad();
            target.copy_(staged);
            staged.Dispose();
        }
    }
}
