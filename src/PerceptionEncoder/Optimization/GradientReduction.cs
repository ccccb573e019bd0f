using PerceptionEncoder.Distributed;
using PerceptionEncoder.Tensors;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace PerceptionEncoder.Optimization;

/// <summary>
/// Sums gradients over ranks bucket by bucket, the first while the backward pass goes on. Buckets begin in one order on all ranks: blocks
/// from the last to the first, as a backward pass meets them, then what lies around the blocks.
/// </summary>
internal sealed class GradientReduction : IGradientListener
{
    private readonly ICollective ranks;
    private readonly ScalarType dtype;
    private readonly List<GradientBucket> buckets = [];
    private readonly Dictionary<nn.Module, int> expected = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<nn.Module, Parameter[]> ofModule = new(ReferenceEqualityComparer.Instance);
    private readonly HashSet<Parameter> ready = new(ReferenceEqualityComparer.Instance);
    private readonly bool isSharded;
    private int begun;

    /// <param name="ranks">What sums.</param>
    /// <param name="options">Sizes and types.</param>
    /// <param name="model">Its blocks say when they are ready.</param>
    /// <param name="parameters">All that are trained, by the names that <paramref name="shard"/> knows, the same on all ranks.</param>
    /// <param name="shard">Who updates what; null where all update all.</param>
    public GradientReduction(
        ICollective ranks,
        DistributedOptions options,
        nn.Module model,
        IReadOnlyList<(string Name, Parameter Parameter)> parameters,
        OptimizerShard? shard)
    {
        this.ranks = ranks;
        dtype = options.ReduceDtype == ReduceDtype.Bf16 ? bfloat16 : float32;
        isSharded = shard is not null;
        foreach (var block in model.modules().Where(module => module.GetType().IsDefined(typeof(MarksGradientAttribute), inherit: false)))
        {
            ofModule[block] = [.. block.parameters()];
        }

        var inBlocks = ofModule.Values.SelectMany(block => block).ToHashSet<Parameter>(ReferenceEqualityComparer.Instance);
        foreach (var part in parameters.Reverse().GroupBy(entry => inBlocks.Contains(entry.Parameter)).OrderByDescending(part => part.Key))
        {
            Fill(part, options.BucketBytes, shard);
        }
    }

    /// <summary>Collectives of a step.</summary>
    public int Buckets => buckets.Count;

    /// <summary>Buckets of the step that began before its last backward pass had ended.</summary>
    public int BegunEarly { get; private set; }

    /// <summary>Forgets the last step.</summary>
    public void Begin()
    {
        (begun, BegunEarly) = (0, 0);
        ready.Clear();
        expected.Clear();
    }

    /// <summary>What is computed on this thread until the result is disposed is all that a step still has to compute.</summary>
    public IDisposable Listen() => GradientMark.Listen(this);

    /// <summary>Until the result is disposed, the blocks of a module will have another graph, whatever has passed.</summary>
    public IDisposable Hold(nn.Module module) => new Holding(this, [.. module.modules().Append(module).Where(ofModule.ContainsKey)]);

    /// <inheritdoc/>
    public void WillPass(nn.Module module) => expected[module] = expected.GetValueOrDefault(module) + 1;

    /// <inheritdoc/>
    public void Passed(nn.Module module)
    {
        if (--expected[module] == 0)
        {
            ready.UnionWith(ofModule[module]);
            BeginReady();
        }
    }

    /// <summary>All gradients of the step are there: what is left begins.</summary>
    public void AllReady()
    {
        BegunEarly = begun < buckets.Count ? begun : BegunEarly;
        for (; begun < buckets.Count; begun++)
        {
            buckets[begun].Begin(ranks, dtype);
        }
    }

    /// <summary>Waits until every gradient is its sum over all ranks; sharded, on the rank that owns its parameter.</summary>
    public void End()
    {
        AllReady();
        buckets.ForEach(bucket => bucket.End(ranks));
    }

    /// <summary>Where ranks update parts, each sends its own to the others.</summary>
    public void ShareWeights()
    {
        if (isSharded)
        {
            buckets.ForEach(bucket => bucket.SendWeights(ranks));
        }
    }

    private void BeginReady()
    {
        while (begun < buckets.Count && buckets[begun].Parameters.All(ready.Contains))
        {
            buckets[begun++].Begin(ranks, dtype);
        }
    }

    private void Fill(IEnumerable<(string Name, Parameter Parameter)> parameters, long bytes, OptimizerShard? shard)
    {
        var open = new SortedDictionary<int, (List<Parameter> Parameters, long Bytes)>();
        foreach (var (name, parameter) in parameters)
        {
            var owner = shard?.Owners[name] ?? -1;
            var (filling, size) = open.GetValueOrDefault(owner, ([], 0));
            filling.Add(parameter);
            size += parameter.numel() * sizeof(float);
            open[owner] = (filling, size);
            if (size >= bytes)
            {
                Close(owner, filling);
                open.Remove(owner);
            }
        }

        foreach (var (owner, (rest, _)) in open)
        {
            Close(owner, rest);
        }
    }

    private void Close(int owner, List<Parameter> parameters) => buckets.Add(new GradientBucket(parameters, owner < 0 ? null : owner));

    private sealed class Holding : IDisposable
    {
        private readonly GradientReduction reduction;
        private readonly nn.Module[] modules;
        private bool isOver;

        public Holding(GradientReduction reduction, nn.Module[] modules)
        {
            (this.reduction, this.modules) = (reduction, modules);
            Array.ForEach(modules, reduction.WillPass);
        }

        public void Dispose()
        {
            if (!isOver)
            {
                isOver = true;
                Array.ForEach(modules, module => reduction.expected[module]--);
            }
        }
    }
}
