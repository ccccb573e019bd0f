using System.Globalization;

namespace PerceptionEncoder.Distributed;

/// <summary>
/// What a launcher has told this process in its environment: which rank of how many it is, and where the first one listens.
/// </summary>
/// <param name="Launcher">Whose variables they are, for messages.</param>
/// <param name="Rank">Of this process, from 0.</param>
/// <param name="Size">How many ranks there are.</param>
public sealed record LaunchEnvironment(string Launcher, int Rank, int Size)
{
    private const int DefaultPort = 29500;

    /// <summary>Variables of rank, size, rank within the host and ranks of the host, in the order in which they are believed.</summary>
    private static readonly (string Launcher, bool IsMpi, string Rank, string Size, string LocalRank, string LocalSize)[] Known =
    [
        ("Open MPI", true, "OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_LOCAL_RANK", "OMPI_COMM_WORLD_LOCAL_SIZE"),
        ("MPICH", true, "PMI_RANK", "PMI_SIZE", "MPI_LOCALRANKID", "MPI_LOCALNRANKS"),
        ("torchrun", false, "RANK", "WORLD_SIZE", "LOCAL_RANK", "LOCAL_WORLD_SIZE"),

        // Last: inside a Slurm job other launchers are more to the point. Only srun sets the size of a step.
        ("Slurm", false, "SLURM_PROCID", "SLURM_STEP_NUM_TASKS", "SLURM_LOCALID", "SLURM_STEP_TASKS_PER_NODE"),
    ];

    /// <summary>This rank among those of its host; picks the GPU.</summary>
    public int LocalRank { get; init; }

    /// <summary>Ranks of this host.</summary>
    public int LocalSize { get; init; } = 1;

    /// <summary>Whether an MPI can find the other ranks: mpirun, or srun with PMI.</summary>
    public bool HasMpi { get; init; }

    /// <summary>The host that rank 0 listens on; null where the launcher names none.</summary>
    public string? MasterAddress { get; init; }

    /// <summary>The port it listens on.</summary>
    public int MasterPort { get; init; } = DefaultPort;

    /// <summary>Names of all variables that are read, for messages and launch scripts.</summary>
    public static IReadOnlyList<string> Variables { get; } =
    [
        .. Known.SelectMany(names => new[] { names.Rank, names.Size, names.LocalRank, names.LocalSize }),
        "PMIX_RANK", "MASTER_ADDR", "MASTER_PORT",
    ];

    /// <summary>The GPU of this rank among those that its process sees: where the launcher shows it one only, that one.</summary>
    /// <exception cref="UserErrorException">There is none left for it.</exception>
    internal int GpuAmong(int count)
        => count == 1 ? 0
            : LocalRank < count ? LocalRank
            : throw new UserErrorException($"rank {Rank} is number {LocalRank} of the {LocalSize} on {Environment.MachineName}, "
                + $"which has {count} CUDA devices. Start one rank a device, or set compute.device: cpu.");

    /// <summary>Reads this process's environment; null where no launcher has set anything.</summary>
    /// <exception cref="UserErrorException">It is half there, makes no sense, or two launchers disagree.</exception>
    public static LaunchEnvironment? Read() => Read(Environment.GetEnvironmentVariable);

    /// <summary>The same from any source of variables.</summary>
    internal static LaunchEnvironment? Read(Func<string, string?> variable)
    {
        LaunchEnvironment? first = null;
        foreach (var names in Known)
        {
            var (rank, size) = (Number(names.Rank), Number(names.Size));
            if (names.Launcher == "Slurm" && size is null)
            {
                continue;                               // a batch script, or a shell of an allocation, is no step
            }

            if (rank is null != size is null)
            {
                throw Wrong($"{(rank is null ? names.Rank : names.Size)} is missing");
            }

            if (rank is not { } at || size is not { } of)
            {
                continue;
            }

            if (of < 1 || at < 0 || at >= of)
            {
                throw Wrong($"{names.Rank} must be from 0 to below {names.Size}");
            }

            var found = new LaunchEnvironment(names.Launcher, at, of)
            {
                LocalRank = Number(names.LocalRank) ?? 0,
                LocalSize = names.Launcher == "Slurm" ? OfThisNode(variable(names.LocalSize)) : Number(names.LocalSize) ?? 1,
                HasMpi = names.IsMpi || variable("PMIX_RANK") is not null || variable("PMI_RANK") is not null,
                MasterAddress = variable("MASTER_ADDR") is { Length: > 0 } address ? address : null,
                MasterPort = Number("MASTER_PORT") ?? DefaultPort,
            };
            if (first is not null && (first.Rank, first.Size) != (found.Rank, found.Size))
            {
                throw Wrong($"{first.Launcher} says rank {first.Rank} of {first.Size}, {found.Launcher} rank {found.Rank} of {found.Size}");
            }

            first ??= found;
        }

        return first;

        int? Number(string name)
            => variable(name) is not { Length: > 0 } text ? null
                : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number
                : throw Wrong($"{name} is no number");

        UserErrorException Wrong(string problem) => new($"the launcher's environment makes no sense: {problem}. Found {Found(variable)}. "
            + "Start all ranks by one launcher, or set distributed.backend: none for one process.");
    }

    /// <summary>Every variable that is set, with its value.</summary>
    internal static string Found(Func<string, string?> variable)
    {
        var found = Variables.Where(name => variable(name) is not null).Select(name => $"{name}={variable(name)}").ToArray();
        return found.Length == 0 ? "none of a launcher's variables" : string.Join(", ", found);
    }

    /// <summary>Slurm's <c>4(x2),3</c>: the first number, which is of the first node; nodes of one job are mostly alike.</summary>
    private static int OfThisNode(string? tasks)
        => tasks is not null && int.TryParse(tasks.Split('(', ',')[0], NumberStyles.None, CultureInfo.InvariantCulture, out var count)
            ? count
            : 1;
}
