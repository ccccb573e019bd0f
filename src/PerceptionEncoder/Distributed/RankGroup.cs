using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using PerceptionEncoder.Tensors;
using static TorchSharp.torch;

namespace PerceptionEncoder.Distributed;

/// <summary>The ranks that a launcher has started together, opened from one of them: an engine, and a watch over each other.</summary>
public sealed class RankGroup : IDisposable
{
    private readonly RankWatch? watch;
    private readonly IDisposable? engine;

    private RankGroup(World world, RankWatch? watch, IDisposable? engine) => (World, this.watch, this.engine) = (world, watch, engine);

    /// <summary>What to hand to whoever trains, encodes or evaluates.</summary>
    public World World { get; }

    /// <summary>Whether the job has failed: the engine may hang, and the process must be ended hard.</summary>
    public bool HasFailed => watch?.Failure is not null;

    /// <summary>Called where the job has failed and this process has not ended by itself within ten seconds.</summary>
    public Action<RankFailureException> LastResort
    {
        set
        {
            if (watch is not null)
            {
                watch.LastResort = value;
            }
        }
    }

    /// <summary>
    /// Finds the other ranks by the launcher's environment; a world of one where nothing was launched. All ranks call this.
    /// </summary>
    /// <param name="options">Engine and patience.</param>
    /// <param name="device">As of <see cref="ComputeOptions.Device"/>: NCCL is for GPUs.</param>
    /// <exception cref="UserErrorException">The environment makes no sense, or the engine is not there.</exception>
    public static RankGroup Open(DistributedOptions options, string device = DeviceKind.Auto)
    {
        ArgumentNullException.ThrowIfNull(options);
        var launch = options.Backend == CollectiveBackend.None ? null : LaunchEnvironment.Read();
        if (launch is null && options.Backend is CollectiveBackend.Mpi or CollectiveBackend.Nccl)
        {
            throw new UserErrorException($"distributed.backend: {options.Backend.ToString().ToLowerInvariant()}, but found "
                + $"{LaunchEnvironment.Found(Environment.GetEnvironmentVariable)}. Start with mpirun -n N pe ... (docs/distributed.md), "
                + "or set auto for one process.");
        }

        if (launch is null or { Size: 1 })
        {
            return new RankGroup(World.Single, null, null);
        }

        var usesNccl = options.Backend == CollectiveBackend.Nccl
            || (options.Backend == CollectiveBackend.Auto
                && device != DeviceKind.Cpu
                && CudaDevices.Find().Count > 0
                && NcclLibrary.IsThere);
        if (!usesNccl && !launch.HasMpi)
        {
            throw new UserErrorException($"{launch.Launcher} has started {launch.Size} ranks, which MPI does not know, and NCCL is for "
                + "CUDA devices that are not here, or cannot be loaded. Start with mpirun -n N pe ... or srun --mpi=pmix.");
        }

        return launch.HasMpi ? OpenByMpi(launch, options, usesNccl) : OpenByAddress(launch, options);
    }

    /// <summary>
    /// Tells the others that this rank has failed, so that they end too; call it before the message is printed.
    /// </summary>
    /// <returns>Whether another rank prints the message: one a job.</returns>
    public bool Report(IReadOnlyList<string> lines, int exitCode)
        => watch is not null && (watch.Failure is { } failure ? failure.IsReported : watch.Report(lines, exitCode));

    /// <summary>Ends the engine with the others; after a failure only lets go of it.</summary>
    public void Dispose()
    {
        if (!HasFailed)
        {
            engine?.Dispose();
        }

        watch?.Dispose();
    }

    private static RankGroup OpenByMpi(LaunchEnvironment launch, DistributedOptions options, bool usesNccl)
    {
        var mpi = MpiLibrary.Load(launch);
        var thread = new CollectiveThread();
        var ranks = new MpiCollective(mpi, thread);
        if (ranks.Size != launch.Size)
        {
            throw new UserErrorException($"{launch.Launcher} has started {launch.Size} ranks, but {mpi.Name} sees {ranks.Size}: it is not "
                + "the MPI of the launcher. Start with that MPI's own mpirun, or set PE_MPI_LIBRARY to the launcher's libmpi.");
        }

        var patience = options.Patience();
        FirstRankWatch? first = null;
        if (ranks.Rank == 0)
        {
            var job = Convert.ToHexString(RandomNumberGenerator.GetBytes(16));
            first = FirstRankWatch.Listen(ranks.Size, 0, job, usesNccl ? NcclLibrary.NewId() : "", patience);
            SendText(ranks, $"{job} {first.Port} {string.Join(' ', OwnAddresses())}");
        }

        var met = first is null ? SendText(ranks, null).Split(' ') : [];
        RankWatch watch = first is not null ? first
            : MemberWatch.Join(ranks.Rank, met[2..], int.Parse(met[1], null), met[0], patience);
        first?.AwaitAll(patience);
        thread.Watch = watch;
        if (!usesNccl)
        {
            return new RankGroup(new World(ranks, watch, launch), watch, ranks);
        }

        var nccl = new NcclCollective(launch, watch is MemberWatch member ? member.Welcome : first!.Welcome, watch);
        return new RankGroup(new World(nccl, watch, launch), watch, new Both(nccl, ranks));
    }

    private static RankGroup OpenByAddress(LaunchEnvironment launch, DistributedOptions options)
    {
        if (launch.MasterAddress is not { } address)
        {
            throw new UserErrorException($"{launch.Launcher} names no host of rank 0: found "
                + $"{LaunchEnvironment.Found(Environment.GetEnvironmentVariable)}. Set MASTER_ADDR and MASTER_PORT on all ranks.");
        }

        var patience = options.Patience();
        var job = $"{launch.Size} ranks";
        var first = launch.Rank == 0
            ? FirstRankWatch.Listen(launch.Size, launch.MasterPort, job, NcclLibrary.NewId(), patience)
            : null;
        RankWatch watch = first is not null ? first : MemberWatch.Join(launch.Rank, [address], launch.MasterPort, job, patience);
        first?.AwaitAll(patience);
        var nccl = new NcclCollective(launch, watch is MemberWatch member ? member.Welcome : first!.Welcome, watch);
        return new RankGroup(new World(nccl, watch, launch), watch, nccl);
    }

    /// <summary>A text of rank 0 to all.</summary>
    private static string SendText(MpiCollective ranks, string? text)
    {
        const int Room = 4096;
        using var scope = NewDisposeScope();
        var bytes = new byte[Room];
        Encoding.UTF8.GetBytes(text ?? "", bytes);
        var sent = tensor(bytes);
        ranks.Broadcast(sent, root: 0);
        return Encoding.UTF8.GetString(sent.data<byte>().ToArray()).TrimEnd('\0');
    }

    /// <summary>Where others may reach this machine: by name, by each address, and from itself.</summary>
    private static IEnumerable<string> OwnAddresses()
        => NetworkInterface.GetAllNetworkInterfaces()
            .Where(network => network.OperationalStatus == OperationalStatus.Up)
            .SelectMany(network => network.GetIPProperties().UnicastAddresses)
            .Select(address => address.Address)
            .Where(address => address.AddressFamily == AddressFamily.InterNetwork || !address.IsIPv6LinkLocal)
            .OrderBy(address => IPAddress.IsLoopback(address))
            .Select(address => address.ToString())
            .Prepend(Environment.MachineName)
            .Distinct()
            .Take(32);

    private sealed class Both(IDisposable first, IDisposable second) : IDisposable
    {
        public void Dispose()
        {
            first.Dispose();
            second.Dispose();
        }
    }
}
