namespace PerceptionEncoder.Distributed;

/// <summary>The engine under the ranks of a run.</summary>
public enum CollectiveBackend
{
    /// <summary>
    /// Goes by the launcher: one process alone where there is none; NCCL where every rank has a GPU and NCCL is there; else MPI.
    /// </summary>
    Auto,

    /// <summary>One process, whatever has launched it.</summary>
    None,

    /// <summary>The system's MPI: Open MPI, or one with MPICH's binary interface.</summary>
    Mpi,

    /// <summary>NVIDIA's NCCL, one GPU a rank.</summary>
    Nccl,
}
