using System.Text.Json;
using PerceptionEncoder.Tensors;
using static TorchSharp.torch;

namespace PerceptionEncoder.Distributed;

/// <summary>The ranks that train one run together, seen from one of them. One process is a world of one.</summary>
/// <param name="collective">What they do together.</param>
public sealed class World(ICollective collective)
{
    private readonly RankWatch? watch;
    private readonly LaunchEnvironment? launch;

    internal World(ICollective collective, RankWatch watch, LaunchEnvironment launch)
        : this(collective) => (this.watch, this.launch) = (watch, launch);

    /// <summary>A run of one process.</summary>
    public static World Single { get; } = new(new SingleProcess());

    /// <summary>This rank, from 0.</summary>
    public int Rank => collective.Rank;

    /// <summary>How many ranks there are.</summary>
    public int Size => collective.Size;

    /// <summary>Whether this rank writes the run's files, measures and reports.</summary>
    public bool Writes => Rank == 0;

    /// <summary>What all ranks do together.</summary>
    public ICollective Collective => collective;

    /// <summary>Time that this rank has waited for the others and the network, in all.</summary>
    public TimeSpan Waited => collective.Waited;

    /// <summary>
    /// How many of the first <paramref name="samples"/> of a batch this rank has: a batch is dealt one sample to each rank in turn.
    /// </summary>
    public int ShareOf(int samples) => (samples - Rank + Size - 1) / Size;

    /// <summary>The number in the batch of one of this rank's samples.</summary>
    public long NumberOf(int sample) => ((long)sample * Size) + Rank;

    /// <summary>The sum of a number over all ranks.</summary>
    public double Sum(double value) => Sums(value)[0];

    /// <summary>The sums of some numbers over all ranks, in one collective.</summary>
    public double[] Sums(params double[] values)
    {
        using var scope = NewDisposeScope();
        var sums = tensor(values, float64);
        collective.AllReduce(sums);
        return sums.data<double>().ToArray();
    }

    /// <summary>Whether something holds on any rank.</summary>
    public bool Any(bool here) => Sum(here ? 1 : 0) > 0;

    /// <summary>Stops all ranks at the same point, whichever of them was asked to.</summary>
    /// <exception cref="AgreedStopException">One of them was.</exception>
    public void StopTogether(CancellationToken stop)
    {
        if (Any(stop.IsCancellationRequested))
        {
            throw new AgreedStopException(stop);
        }
    }

    /// <summary>A number of each rank, in their order.</summary>
    public double[] Each(double value)
    {
        using var scope = NewDisposeScope();
        return collective.AllGather(tensor(new[] { value }, float64)).data<double>().ToArray();
    }

    /// <summary>Something of each rank, in their order; it travels as JSON.</summary>
    public IReadOnlyList<T> Gather<T>(T mine)
    {
        if (Size == 1)
        {
            return [mine];
        }

        using var scope = NewDisposeScope();
        var bytes = JsonSerializer.SerializeToUtf8Bytes(mine);
        var lengths = Array.ConvertAll(Each(bytes.Length), length => (int)length);
        var room = lengths.Max();
        var padded = new byte[room];
        bytes.CopyTo(padded, 0);
        var all = collective.AllGather(tensor(padded)).data<byte>().ToArray();
        return [.. lengths.Select((length, rank) => JsonSerializer.Deserialize<T>(all.AsSpan(rank * room, length))!)];
    }

    /// <summary>
    /// Does something on every rank that may fail on some: all of them fail then, with the lines of each, and none goes on alone.
    /// </summary>
    /// <exception cref="UserErrorException">It has failed on a rank.</exception>
    public void Together(Action action)
    {
        ArgumentNullException.ThrowIfNull(action);
        if (Size == 1)
        {
            action();
            return;
        }

        var lines = Array.Empty<string>();
        try
        {
            action();
        }
        catch (UserErrorException failure) when (failure is not RankFailureException)
        {
            lines = [.. failure.Lines];
        }

        var failures = Gather(new RankLines(Environment.MachineName, lines))
            .SelectMany((rank, number) => rank.Lines.Select(line => (line, number, rank.Host)))
            .ToLookup(failure => failure.line);
        if (failures.Count > 0)
        {
            throw new UserErrorException([.. failures.Select(
                same => same.Count() == Size ? same.Key : $"rank {same.First().number} (host {same.First().Host}): {same.Key}")]);
        }
    }

    /// <summary>Refuses ranks that do not have the same value of something.</summary>
    /// <param name="name">Of what, for the message.</param>
    /// <param name="mine">This rank's.</param>
    /// <exception cref="UserErrorException">One has another; names both.</exception>
    public void DemandSame(string name, string mine)
    {
        var all = Gather(new RankLines(Environment.MachineName, [mine]));
        for (var rank = 1; rank < all.Count; rank++)
        {
            if (all[rank].Lines[0] != all[0].Lines[0])
            {
                throw new UserErrorException($"{name} is {Shown(all[0].Lines[0])} on rank 0 (host {all[0].Host}) and "
                    + $"{Shown(all[rank].Lines[0])} on rank {rank} (host {all[rank].Host}). Start all ranks with the same.");
            }
        }
    }

    /// <summary>The options of this rank: its own GPU of the host's, its part of the host's cores.</summary>
    /// <exception cref="UserErrorException">The host has fewer GPUs than ranks.</exception>
    public ComputeOptions Place(ComputeOptions compute)
    {
        ArgumentNullException.ThrowIfNull(compute);
        if (launch is null)
        {
            return compute;
        }

        var count = compute.Device is DeviceKind.Auto or DeviceKind.Cuda ? CudaDevices.Find().Count : 0;
        return compute with
        {
            Device = count > 0 ? $"{DeviceKind.Cuda}:{launch.GpuAmong(count)}" : compute.Device,
            Threads = compute.Threads > 0 ? compute.Threads : Cores,
        };
    }

    /// <summary>
    /// Cores of this rank: those that the launcher has bound it to, or an equal part of the host's where it is bound to none.
    /// </summary>
    public int Cores => launch is null || Environment.ProcessorCount < LinuxProcess.OnlineProcessors()
        ? Environment.ProcessorCount
        : Math.Max(1, Environment.ProcessorCount / launch.LocalSize);

    /// <summary>Says to the others which step this rank is in, from 1.</summary>
    public void AtStep(long step) => watch?.AtStep(step);

    /// <summary>Until the result is disposed, this rank does something alone, and the others may wait for it for long.</summary>
    public IDisposable? Alone(string what) => watch?.Alone(what);

    private static string Shown(string text) => text.Length == 0 ? "empty" : text;

    /// <param name="Host">Of the rank.</param>
    /// <param name="Lines">What it has to say.</param>
    private sealed record RankLines(string Host, string[] Lines);
}
