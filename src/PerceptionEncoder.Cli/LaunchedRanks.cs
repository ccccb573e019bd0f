using PerceptionEncoder.Configuration;
using PerceptionEncoder.Distributed;
using PerceptionEncoder.Tensors;

namespace PerceptionEncoder.Cli;

/// <summary>Runs a command on the ranks that a launcher has started: they stop together, and what fails is said by one.</summary>
internal static class LaunchedRanks
{
    /// <summary>The engine may hang where the job has failed: the process is ended without its destructors.</summary>
    public static bool EndsHard { get; private set; }

    /// <param name="options">How the ranks find each other.</param>
    /// <param name="device">Asked for.</param>
    /// <param name="work">The same on each.</param>
    /// <exception cref="UserErrorException">The environment makes no sense, or the work has failed.</exception>
    public static void Run(DistributedOptions options, string device, Action<World> work)
    {
        var group = RankGroup.Open(options, device);
        if (group.World.Size == 1)
        {
            work(group.World);
            return;
        }

        group.LastResort = failure =>
        {
            if (!failure.IsReported)
            {
                Say(failure.Lines);
            }

            LinuxProcess.End(failure.ExitCode);
        };

        // The process may end when all ranks have come to the same point; until then the signal waits.
        using var ended = new ManualResetEventSlim();
        using var waiting = StopSignals.Current.Token.Register(ended.Wait);
        try
        {
            work(group.World);
            group.Dispose();
        }
        catch (AgreedStopException stopped)
        {
            var code = (int)group.World.Each(StopSignals.Current.ExitCode).Max();
            group.Dispose();
            throw new ExitException(code, stopped);
        }
        catch (OperationCanceledException stopped) when (StopSignals.Current.Token.IsCancellationRequested)
        {
            throw Failed(group, ["was asked to stop"], StopSignals.Current.ExitCode, stopped);
        }
        catch (RankFailureException failure)
        {
            throw Failed(group, failure.Lines, failure.ExitCode, failure);
        }
        catch (UserErrorException failure)
        {
            throw Failed(group, failure.Lines, CommandRunner.UserErrorCode, failure);
        }
        catch (Exception failure) when (MachineLimits.Reached(failure) is null)
        {
            throw Failed(group, [CommandRunner.Internal(failure)], 1, failure);
        }
        finally
        {
            ended.Set();
        }
    }

    /// <summary>A command that ranks share and that trains nothing: none ends before all have done their part.</summary>
    /// <param name="device">Asked for.</param>
    /// <param name="work">The same on each.</param>
    /// <exception cref="UserErrorException">As of <see cref="Run"/>.</exception>
    public static void Share(string device, Action<World> work) => Run(new DistributedOptions(), device, world =>
    {
        work(world);
        world.Collective.Barrier();
    });

    /// <summary>A command that one rank does by itself while the others wait.</summary>
    /// <param name="device">Asked for.</param>
    /// <param name="what">It does, for messages.</param>
    /// <param name="work">Of that rank.</param>
    /// <exception cref="UserErrorException">As of <see cref="Run"/>.</exception>
    public static void OnFirst(string device, string what, Action work) => Share(device, world =>
    {
        if (world.Writes)
        {
            using var alone = world.Alone(what);
            work();
        }
    });

    /// <summary>What to throw: the failure where this rank prints it, else an end without words.</summary>
    private static ExitException Failed(RankGroup group, IReadOnlyList<string> lines, int code, Exception failure)
    {
        EndsHard = true;
        if (group.Report(lines, code))
        {
            return new ExitException(code, failure);
        }

        if (failure is not OperationCanceledException)
        {
            Say(lines);
        }

        return new ExitException(code, failure);
    }

    private static void Say(IReadOnlyList<string> lines)
    {
        foreach (var line in lines.Select(Secrets.Conceal))
        {
            Console.Error.WriteLine($"pe: {line}");
        }
    }
}
