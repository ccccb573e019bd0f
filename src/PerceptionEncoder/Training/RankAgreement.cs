using System.Reflection;
using PerceptionEncoder.Configuration;
using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Distributed;

namespace PerceptionEncoder.Training;

/// <summary>What all ranks of a run must have alike, looked at before anything is read or written.</summary>
public static class RankAgreement
{
    /// <summary>Refuses ranks of another version, config or shards, and a number of them that cannot share the streams.</summary>
    /// <exception cref="UserErrorException">A rank differs; names the key and both values.</exception>
    public static void Demand(TrainingConfig config, World world)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(world);
        world.DemandSame("the version of pe", Version);
        var configs = world.Gather(ConfigYaml.Write(config));
        var hosts = world.Gather(Environment.MachineName);
        for (var rank = 1; rank < configs.Count; rank++)
        {
            if (ConfigDifference.Between(configs[0], configs[rank]) is { Count: > 0 } differences)
            {
                throw new UserErrorException($"rank {rank} (host {hosts[rank]}) has another config than rank 0 (host {hosts[0]}): "
                    + $"{string.Join("; ", differences)}. Start all ranks with the same file and the same --set.");
            }
        }

        config.Data.DemandRanks(world.Size);
        foreach (var (i, source) in config.Data.Train.Index().Where(_ => world.Size > 1))
        {
            var shards = "";
            world.Together(() => shards = ShardOrder.Describe(source, config.Data.Access()));
            world.DemandSame($"data.train[{i}].shards", shards);
        }
    }

    private static string Version
        => typeof(RankAgreement).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";
}
