using System.Collections.Concurrent;

namespace PerceptionEncoder.Evaluation.Harness;

/// <summary>Work done on background threads while the caller uses earlier results.</summary>
internal static class ReadAhead
{
    /// <summary>
    /// Applies <paramref name="work"/> to every input; results come in the order of the inputs, however many threads there are.
    /// </summary>
    /// <param name="inputs">Enumerated on a thread of its own, only as far as <paramref name="ahead"/> allows.</param>
    /// <param name="work">Called on several threads at once.</param>
    /// <param name="ahead">Results, finished or not, that may wait for the caller.</param>
    /// <param name="cancellation">Stops both sides.</param>
    /// <remarks>What the inputs or the work throw is thrown to the caller in its place in the order.</remarks>
    public static IEnumerable<TResult> InOrder<TInput, TResult>(
        IEnumerable<TInput> inputs,
        Func<TInput, TResult> work,
        int ahead,
        CancellationToken cancellation)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        using var waiting = new BlockingCollection<Task<TResult>>(ahead);
        var token = stop.Token;
        var reading = Task.Factory.StartNew(Read, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        try
        {
            foreach (var result in waiting.GetConsumingEnumerable(cancellation))
            {
                yield return result.GetAwaiter().GetResult();
            }

            reading.GetAwaiter().GetResult();
        }
        finally
        {
            stop.Cancel();
            Task.WaitAny([reading], CancellationToken.None);
        }

        void Read()
        {
            try
            {
                foreach (var input in inputs)
                {
                    waiting.Add(Task.Run(() => work(input), token), token);
                }
            }
            finally
            {
                waiting.CompleteAdding();
            }
        }
    }
}
