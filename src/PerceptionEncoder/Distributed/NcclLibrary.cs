using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using PerceptionEncoder.Tensors;
using static TorchSharp.torch;

namespace PerceptionEncoder.Distributed;

/// <summary>NVIDIA's NCCL by its C interface, loaded when it is wanted.</summary>
internal static unsafe class NcclLibrary
{
    private const string Name = "libnccl.so.2";
    private const string Choice = "PE_NCCL_LIBRARY";
    private const int LoadNow = 2;                              // RTLD_NOW
    private const int OldestVersion = 21000;                    // 2.10: bfloat16
    private const int IdBytes = 128;
    private const int Sum = 0;

    private static readonly Lazy<nint> Found = new(() => LinuxLibrary.Open(FileName, LoadNow));

    /// <summary>Whether it can be loaded.</summary>
    public static bool IsThere => Found.Value != 0;

    private static string FileName => Environment.GetEnvironmentVariable(Choice) is { Length: > 0 } chosen ? chosen : Name;

    /// <summary>A new identity for a group of ranks, as text: made by the first, told to all.</summary>
    /// <exception cref="UserErrorException">NCCL is not there, or too old.</exception>
    public static string NewId()
    {
        DemandVersion();
        Id id;
        Check("ncclGetUniqueId", ((delegate* unmanaged<Id*, int>)Function("ncclGetUniqueId"))(&id));
        return Convert.ToHexString(new ReadOnlySpan<byte>(&id, IdBytes));
    }

    /// <summary>Joins a group; waits for all ranks. Of the GPU that is current on this thread.</summary>
    /// <param name="id">Of the first rank's <see cref="NewId"/>.</param>
    /// <param name="rank">Of this process.</param>
    /// <param name="size">Ranks in all.</param>
    public static nint Join(string id, int rank, int size)
    {
        DemandVersion();
        Id bytes = default;
        Convert.FromHexString(id).CopyTo(new Span<byte>(&bytes, IdBytes));
        nint group;
        Check("ncclCommInitRank", ((delegate* unmanaged<nint*, int, Id, int, int>)Function("ncclCommInitRank"))(&group, size, bytes, rank));
        return group;
    }

    /// <summary>Leaves a group.</summary>
    public static void Leave(nint group) => Check("ncclCommDestroy", ((delegate* unmanaged<nint, int>)Function("ncclCommDestroy"))(group));

    public static void AllReduce(nint buffer, long count, ScalarType type, nint group, nint stream)
        => Check("ncclAllReduce", ((delegate* unmanaged<nint, nint, nuint, int, int, nint, nint, int>)Function("ncclAllReduce"))(
            buffer,
            buffer,
            (nuint)count,
            TypeOf(type),
            Sum,
            group,
            stream));

    public static void Reduce(nint buffer, long count, ScalarType type, int root, nint group, nint stream)
        => Check("ncclReduce", ((delegate* unmanaged<nint, nint, nuint, int, int, int, nint, nint, int>)Function("ncclReduce"))(
            buffer,
            buffer,
            (nuint)count,
            TypeOf(type),
            Sum,
            root,
            group,
            stream));

    public static void AllGather(nint mine, nint all, long count, ScalarType type, nint group, nint stream)
        => Check("ncclAllGather", ((delegate* unmanaged<nint, nint, nuint, int, nint, nint, int>)Function("ncclAllGather"))(
            mine,
            all,
            (nuint)count,
            TypeOf(type),
            group,
            stream));

    public static void ReduceScatter(nint all, nint mine, long count, ScalarType type, nint group, nint stream)
        => Check("ncclReduceScatter", ((delegate* unmanaged<nint, nint, nuint, int, int, nint, nint, int>)Function("ncclReduceScatter"))(
            all,
            mine,
            (nuint)count,
            TypeOf(type),
            Sum,
            group,
            stream));

    public static void Broadcast(nint buffer, long count, ScalarType type, int root, nint group, nint stream)
        => Check("ncclBroadcast", ((delegate* unmanaged<nint, nint, nuint, int, int, nint, nint, int>)Function("ncclBroadcast"))(
            buffer,
            buffer,
            (nuint)count,
            TypeOf(type),
            root,
            group,
            stream));

    /// <summary>NCCL's number of an element type.</summary>
    private static int TypeOf(ScalarType type) => type switch
    {
        ScalarType.Int8 => 0,
        ScalarType.Byte => 1,
        ScalarType.Int32 => 2,
        ScalarType.Int64 => 4,
        ScalarType.Float16 => 6,
        ScalarType.Float32 => 7,
        ScalarType.Float64 => 8,
        ScalarType.BFloat16 => 9,
        _ => throw new NotSupportedException($"NCCL does not know {type}"),
    };

    private static void DemandVersion()
    {
        if (!IsThere)
        {
            throw new UserErrorException($"distributed.backend: nccl, but {FileName} cannot be loaded ({LinuxLibrary.Problem()}). "
                + $"Install it: apt-get install -y libnccl2 (NVIDIA's repository), or set {Choice} to its file.");
        }

        int version;
        Check("ncclGetVersion", ((delegate* unmanaged<int*, int>)Function("ncclGetVersion"))(&version));
        if (version < OldestVersion)
        {
            var number = version > 10_000 ? $"{version / 10_000}.{version / 100 % 100}" : $"{version / 1000}.{version / 100 % 10}";
            throw new UserErrorException($"{FileName} is NCCL {number}, and 2.10 is the oldest that will do. "
                + $"Install a newer one: apt-get install -y libnccl2, or set {Choice} to its file.");
        }
    }

    private static nint Function(string name) => LinuxLibrary.Find(Found.Value, name) is not 0 and var function
        ? function
        : throw new UserErrorException($"{FileName} has no {name}: it is no NCCL. Set {Choice} to one.");

    private static void Check(string call, int error)
    {
        if (error != 0)
        {
            var text = Marshal.PtrToStringUTF8(((delegate* unmanaged<int, nint>)Function("ncclGetErrorString"))(error));
            throw new InvalidOperationException($"{call}: {text} ({error}); NCCL_DEBUG=INFO says more");
        }
    }

    /// <summary>ncclUniqueId, which travels by value.</summary>
    [InlineArray(IdBytes)]
    private struct Id
    {
        private byte first;
    }
}
