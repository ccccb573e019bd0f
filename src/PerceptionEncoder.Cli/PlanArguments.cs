using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using PerceptionEncoder.Training;
using PerceptionEncoder.Training.Plans;

namespace PerceptionEncoder.Cli;

/// <summary><c>--plan</c> of the training commands, and the machines it plans for.</summary>
internal sealed class PlanArguments
{
    private const int MostRanks = 1 << 16;

    private static readonly JsonSerializerOptions Layout = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    private readonly Option<bool> plan = new("--plan")
    {
        Description = "Print what the run would cost, and stop; for some machines with the options below.",
    };

    private readonly Option<string?> world = new("--world")
    {
        Description = "With --plan: ranks, a device each. Several, as 8,64,512, give a table.",
        HelpName = "N[,N...]",
    };

    private readonly Option<string?> device = new("--device")
    {
        Description = $"With --plan: what each rank has; h100 by default. {string.Join(" | ", PlannedDevice.Names)}",
        HelpName = "NAME",
    };

    private readonly Option<string?> network = new("--network")
    {
        Description = "With --plan: what each rank sends in a second, in bits or bytes; 400Gbps by default.",
        HelpName = "RATE",
    };

    private readonly Option<double?> utilization = new("--utilization")
    {
        Description = "With --plan: share of the device's peak that is computed at; 0.3 by default, as measured (docs/gpu.md).",
        HelpName = "SHARE",
    };

    private readonly Option<double?> pairs = new("--pairs-per-second")
    {
        Description = "With --plan, instead of a share: pairs/s of one device at the last stage, as pe bench step measures them.",
        HelpName = "N",
    };

    private readonly Option<double?> cost = new("--cost-per-hour")
    {
        Description = "With --plan: money for an hour of one device.",
        HelpName = "MONEY",
    };

    private readonly Option<string?> json = new("--json")
    {
        Description = "With --plan: write the plan for the machines as JSON to this file.",
        HelpName = "FILE",
    };

    private Option[] Machines => [world, device, network, utilization, pairs, cost, json];

    public void AddTo(Command command)
    {
        command.Options.Add(plan);
        foreach (var option in Machines)
        {
            command.Options.Add(option);
        }
    }

    /// <summary>Whether a plan is all that is wanted.</summary>
    /// <exception cref="UserErrorException">It is not, and machines are named.</exception>
    public bool IsWanted(ParseResult result)
    {
        var wanted = result.GetValue(plan);
        return wanted || Array.Find(Machines, option => result.GetResult(option) is not null) is not { } lonely
            ? wanted
            : throw new UserErrorException($"{lonely.Name}: says what --plan plans for; add --plan, or leave it out.");
    }

    /// <summary>Prints the plan of a run.</summary>
    public void Print(ParseResult result, TrainingConfig config)
    {
        if (!Machines.Any(option => result.GetResult(option) is not null))
        {
            Say(config.Plan().Describe(flopsPerSecond: null));
            return;
        }

        var clusters = Clusters(result);
        ClusterPlan[] plans = [.. clusters.Select(cluster => ClusterPlan.Of(config.Demands(cluster.Ranks, cluster.Device), cluster))];
        Say(plans.Length == 1 ? ClusterPlanText.Describe(plans[0]) : ClusterPlanText.Table(plans));
        CommonOptions.WriteJson(result.GetValue(json), plans, Layout);
    }

    private static void Say(IEnumerable<string> lines)
    {
        foreach (var line in lines)
        {
            Console.WriteLine(line);
        }
    }

    private Cluster[] Clusters(ParseResult result)
    {
        var one = new Cluster
        {
            Ranks = 1,
            Device = PlannedDevice.Find(result.GetValue(device) ?? "h100"),
            NetworkRate = NetworkRate.Parse(result.GetValue(network) ?? "400Gbps"),
            Utilization = Positive(result, utilization, most: 1) ?? Cluster.MeasuredUtilization,
            PairsPerSecond = Positive(result, pairs, most: 1e9),
            CostPerHour = Positive(result, cost, most: 1e9),
        };
        return one.PairsPerSecond is not null && result.GetResult(utilization) is not null
            ? throw new UserErrorException("--pairs-per-second and --utilization: give one of them, both say how fast a device is.")
            : [.. (result.GetValue(world) ?? "1").Split(',').Select(text => one with { Ranks = Ranks(text) })];
    }

    private int Ranks(string text)
        => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var ranks) && ranks is >= 1 and <= MostRanks
            ? ranks
            : throw new UserErrorException(
                $"{world.Name} {text}: is no number of ranks. Give a whole number from 1 to {MostRanks}, or several as 8,64,512.");

    private static double? Positive(ParseResult result, Option<double?> option, double most)
        => result.GetValue(option) is not { } value || (value > 0 && value <= most)
            ? result.GetValue(option)
            : throw new UserErrorException(
                string.Create(CultureInfo.InvariantCulture, $"{option.Name} {value}: must be more than 0 and at most {most}."));
}
