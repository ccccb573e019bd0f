using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;

namespace PerceptionEncoder.Data.Items;

/// <summary>Work on several threads of which the first failure is thrown as it is, not as one of a collection.</summary>
internal static class ParallelWork
{
    /// <param name="items">Taken one at a time, as they differ much in what they cost.</param>
    /// <param name="threads">At most so many at once.</param>
    /// <param name="work">On each item.</param>
    /// <param name="cancellation">Stops between two items.</param>
    public static void ForEach<T>(IEnumerable<T> items, int threads, Action<T> work, CancellationToken cancellation)
    {
        try
        {
            Parallel.ForEach(
                Partitioner.Create(items, EnumerablePartitionerOptions.NoBuffering),
                new ParallelOptions { MaxDegreeOfParallelism = threads, CancellationToken = cancellation },
                work);
        }
        catch (AggregateException failures)
        {
            ExceptionDispatchInfo.Throw(failures.Flatten().InnerExceptions[0]);
        }
    }
}
