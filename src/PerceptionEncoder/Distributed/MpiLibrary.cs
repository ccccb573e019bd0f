using System.Runtime.InteropServices;
using PerceptionEncoder.Tensors;
using static TorchSharp.torch;

namespace PerceptionEncoder.Distributed;

/// <summary>
/// The system's MPI by its C interface, loaded when it is wanted. Open MPI's handles are addresses of symbols, those of MPICH and its kin
/// are fixed numbers; both fit a pointer.
/// </summary>
internal sealed unsafe class MpiLibrary
{
    /// <summary>One thread calls, and it is the one that began.</summary>
    private const int Funneled = 1;
    private const int MessageLength = 1024;
    private const string Choice = "PE_MPI_LIBRARY";
    private const int LoadNowForAll = 0x102;                            // RTLD_NOW | RTLD_GLOBAL: Open MPI's plug-ins look for its symbols

    private static readonly string[] OpenMpi = ["libmpi.so.40", "libmpi.so"];
    private static readonly string[] Mpich = ["libmpich.so.12", "libmpi.so.12", "libmpich.so"];

    private readonly nint library;
    private readonly bool isOpenMpi;

    private MpiLibrary(string name, nint library)
    {
        (Name, this.library) = (name, library);
        isOpenMpi = LinuxLibrary.Find(library, "ompi_mpi_comm_world") != 0;
        World = Handle("ompi_mpi_comm_world", 0x44000000);
        Sum = Handle("ompi_mpi_op_sum", 0x58000003);
        Byte = Handle("ompi_mpi_byte", 0x4c00010d);
        UInt16 = Handle("ompi_mpi_uint16_t", 0x4c00023d);
        InPlace = isOpenMpi ? 1 : -1;
    }

    /// <summary>The file it was loaded as.</summary>
    public string Name { get; }

    /// <summary>All ranks.</summary>
    public nint World { get; }

    /// <summary>The operation that adds.</summary>
    public nint Sum { get; }

    /// <summary>A byte.</summary>
    public nint Byte { get; }

    /// <summary>Two bytes, which hold a bfloat16.</summary>
    public nint UInt16 { get; }

    /// <summary>In the place of a send buffer: the receive buffer has the input.</summary>
    public nint InPlace { get; }

    /// <summary>Whether it takes addresses of a GPU's memory.</summary>
    public bool IsCudaAware => LinuxLibrary.Find(library, "MPIX_Query_cuda_support") is not 0 and var query
        && ((delegate* unmanaged<int>)query)() == 1;

    /// <summary>Loads the MPI of the launcher.</summary>
    /// <exception cref="UserErrorException">There is none.</exception>
    public static MpiLibrary Load(LaunchEnvironment launch)
    {
        var chosen = Environment.GetEnvironmentVariable(Choice);
        string[] names = chosen is { Length: > 0 } ? [chosen]
            : launch.Launcher == "MPICH" ? [.. Mpich, .. OpenMpi]
            : [.. OpenMpi, .. Mpich];
        foreach (var name in names)
        {
            if (LinuxLibrary.Open(name, LoadNowForAll) is not 0 and var library)
            {
                return LinuxLibrary.Find(library, "MPI_Init_thread") != 0
                    ? new MpiLibrary(name, library)
                    : throw new UserErrorException($"{name} is no MPI: it has no MPI_Init_thread. Set {Choice} to one that is.");
            }
        }

        throw new UserErrorException($"distributed.backend: mpi, but none of {string.Join(", ", names)} can be loaded "
            + $"({LinuxLibrary.Problem()}). Install one: apt-get install -y openmpi-bin, or set {Choice} to its file.");
    }

    /// <summary>Begins; on the thread that makes all further calls.</summary>
    /// <exception cref="UserErrorException">It is too old, or cannot begin.</exception>
    public void Initialize()
    {
        int provided;
        Check("MPI_Init_thread", ((delegate* unmanaged<int*, byte***, int, int*, int>)Function("MPI_Init_thread"))(
            null,
            null,
            Funneled,
            &provided));
        if (provided < Funneled)
        {
            throw new UserErrorException($"{Name} cannot be called from a process with several threads. Install Open MPI 4 or MPICH 4.");
        }

        Check("MPI_Comm_set_errhandler", ((delegate* unmanaged<nint, nint, int>)Function("MPI_Comm_set_errhandler"))(
            World,
            Handle("ompi_mpi_errors_return", 0x54000001)));
    }

    /// <summary>This process among all, and how many there are.</summary>
    public (int Rank, int Size) Place()
    {
        int rank, size;
        Check("MPI_Comm_rank", ((delegate* unmanaged<nint, int*, int>)Function("MPI_Comm_rank"))(World, &rank));
        Check("MPI_Comm_size", ((delegate* unmanaged<nint, int*, int>)Function("MPI_Comm_size"))(World, &size));
        return (rank, size);
    }

    /// <summary>The handle of an element type that can be added.</summary>
    public nint TypeOf(ScalarType type) => type switch
    {
        ScalarType.Float32 => Handle("ompi_mpi_float", 0x4c00040a),
        ScalarType.Float64 => Handle("ompi_mpi_double", 0x4c00080b),
        ScalarType.Int32 => Handle("ompi_mpi_int", 0x4c000405),
        ScalarType.Int64 => Handle("ompi_mpi_long", 0x4c000807),
        ScalarType.BFloat16 => UInt16,
        _ => throw new NotSupportedException($"MPI does not add {type}"),
    };

    /// <summary>An operation of our own that adds elements of two bytes as bfloat16.</summary>
    public nint CreateBf16Sum()
    {
        nint operation = 0;
        Check("MPI_Op_create", ((delegate* unmanaged<nint, int, nint*, int>)Function("MPI_Op_create"))(
            (nint)(delegate* unmanaged[Cdecl]<ushort*, ushort*, int*, nint*, void>)&Bf16Sum.Add,
            1,
            &operation));
        return isOpenMpi ? operation : (int)operation;
    }

    public void AllReduce(nint buffer, int count, nint type, nint operation)
        => Check("MPI_Allreduce", ((delegate* unmanaged<nint, nint, int, nint, nint, nint, int>)Function("MPI_Allreduce"))(
            InPlace,
            buffer,
            count,
            type,
            operation,
            World));

    public void Reduce(nint buffer, int count, nint type, nint operation, int root, bool isRoot)
        => Check("MPI_Reduce", ((delegate* unmanaged<nint, nint, int, nint, nint, int, nint, int>)Function("MPI_Reduce"))(
            isRoot ? InPlace : buffer,
            isRoot ? buffer : 0,
            count,
            type,
            operation,
            root,
            World));

    public void AllGather(nint mine, nint all, int count, nint type)
        => Check("MPI_Allgather", ((delegate* unmanaged<nint, int, nint, nint, int, nint, nint, int>)Function("MPI_Allgather"))(
            mine,
            count,
            type,
            all,
            count,
            type,
            World));

    public void ReduceScatter(nint all, nint mine, int count, nint type, nint operation)
        => Check(
            "MPI_Reduce_scatter_block",
            ((delegate* unmanaged<nint, nint, int, nint, nint, nint, int>)Function("MPI_Reduce_scatter_block"))(
                all,
                mine,
                count,
                type,
                operation,
                World));

    public void Broadcast(nint buffer, int count, nint type, int root)
        => Check("MPI_Bcast", ((delegate* unmanaged<nint, int, nint, int, nint, int>)Function("MPI_Bcast"))(
            buffer,
            count,
            type,
            root,
            World));

    public void Barrier() => Check("MPI_Barrier", ((delegate* unmanaged<nint, int>)Function("MPI_Barrier"))(World));

    /// <summary>Ends; all ranks must.</summary>
    public void Complete() => Check("MPI_Finalize", ((delegate* unmanaged<int>)Function("MPI_Finalize"))());

    private nint Handle(string openMpi, int mpich)
        => !isOpenMpi ? mpich
            : LinuxLibrary.Find(library, openMpi) is not 0 and var symbol ? symbol
            : throw TooOld(openMpi);

    private nint Function(string name) => LinuxLibrary.Find(library, name) is not 0 and var function ? function : throw TooOld(name);

    private UserErrorException TooOld(string symbol) => new($"{Name} has no {symbol}: it is too old, or no MPI. "
        + $"Install one of MPI 3: apt-get install -y openmpi-bin, or set {Choice} to its file.");

    private void Check(string call, int error)
    {
        if (error != 0)
        {
            var text = stackalloc byte[MessageLength];
            var length = 0;
            _ = ((delegate* unmanaged<int, byte*, int*, int>)Function("MPI_Error_string"))(error, text, &length);
            throw new InvalidOperationException($"{call}: {Marshal.PtrToStringUTF8((nint)text, length)} ({error})");
        }
    }
}
