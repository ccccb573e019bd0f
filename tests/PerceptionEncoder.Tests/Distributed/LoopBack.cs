using PerceptionEncoder.Distributed;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tests.Distributed;

/// <summary>Ranks that are threads of one process: what an engine between processes does, without one.</summary>
internal sealed class LoopBack(int size) : IDisposable
{
    /// <summary>A rank that does not come within this has failed, and the others with it.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Barrier barrier = new(size);

    /// <summary>
    /// Ranks take turns between their collectives: torch's generator is one for the process, and what one rank draws after its seed would
    /// otherwise fall between the draws of another.
    /// </summary>
    private readonly SemaphoreSlim turn = new(1);
    private readonly Tensor[] given = new Tensor[size];

    /// <summary>Runs the same on every rank and waits for all; the first failure is thrown.</summary>
    public static void Run(int size, Action<World> rank)
    {
        using var ranks = new LoopBack(size);
        var tasks = Enumerable.Range(0, size).Select(number => Task.Factory.StartNew(
            () => ranks.InTurn(() => rank(new World(new Rank(ranks, number)))), CancellationToken.None, TaskCreationOptions.LongRunning,
            TaskScheduler.Default)).ToArray();
        Task.WhenAll(tasks).GetAwaiter().GetResult();
    }

    public void Dispose()
    {
        barrier.Dispose();
        turn.Dispose();
    }

    private void InTurn(Action work)
    {
        turn.Wait();
        try
        {
            work();
        }
        finally
        {
            turn.Release();
        }
    }

    private void Wait()
    {
        turn.Release();
        var came = barrier.SignalAndWait(Patience);
        turn.Wait();
        if (!came)
        {
            throw new TimeoutException("a rank did not come");
        }
    }

    private sealed class Rank(LoopBack ranks, int number) : ICollective
    {
        int ICollective.Rank => number;

        public int Size => ranks.given.Length;

        public void AllReduce(Tensor tensor) => Exchange(tensor, all =>
        {
            var sum = all[0].clone();
            foreach (var other in all[1..])
            {
                sum.add_(other);
            }

            return sum;
        });

        public Tensor AllGather(Tensor tensor)
        {
            ranks.given[number] = tensor;
            ranks.Wait();
            var gathered = cat(ranks.given);
            ranks.Wait();
            return gathered;
        }

        public Tensor ReduceScatter(Tensor tensor)
        {
            using var scope = NewDisposeScope();
            var sum = tensor.clone();
            AllReduce(sum);
            var part = tensor.shape[0] / Size;
            return sum.narrow(0, number * part, part).clone().MoveToOuterDisposeScope();
        }

        public void Broadcast(Tensor tensor, int root) => Exchange(tensor, all => all[root].clone());

        public void Barrier() => ranks.Wait();

        /// <summary>Puts what is made of all ranks' tensors in the place of each, once all have made it.</summary>
        private void Exchange(Tensor tensor, Func<Tensor[], Tensor> make)
        {
            using var noGradient = no_grad();
            ranks.given[number] = tensor;
            ranks.Wait();
            using var made = make(ranks.given);
            ranks.Wait();
            tensor.copy_(made);
            ranks.Wait();
        }
    }
}
