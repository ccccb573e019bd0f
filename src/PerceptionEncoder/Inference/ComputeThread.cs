using System.Collections.Concurrent;

namespace PerceptionEncoder.Inference;

/// <summary>
/// A thread that computes what it is given, one piece after the other. Torch keeps workers for every thread that calls it: those of a pool,
/// which come and go, would each bring some along.
/// </summary>
internal sealed class ComputeThread : IDisposable
{
    private readonly BlockingCollection<Action> pieces = [];
    private readonly Thread thread;

    /// <param name="around">Entered by the thread as it begins and disposed by it as it ends; null for nothing.</param>
    public ComputeThread(Func<IDisposable?> around)
    {
        thread = new Thread(() =>
        {
            using var entered = around();
            foreach (var piece in pieces.GetConsumingEnumerable())
            {
                piece();
            }
        })
        {
            IsBackground = true,
            Name = "PerceptionEncoder compute",
        };
        thread.Start();
    }

    /// <summary>Computes after what was given before; not at all where it is cancelled until then.</summary>
    /// <exception cref="ObjectDisposedException">It takes nothing any more.</exception>
    public Task<T> Run<T>(Func<T> compute, CancellationToken cancellation)
    {
        var result = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        try
        {
            pieces.Add(Piece, CancellationToken.None);
        }
        catch (InvalidOperationException)
        {
            throw new ObjectDisposedException(nameof(ClipEncoder));
        }

        return result.Task;

        void Piece()
        {
            if (cancellation.IsCancellationRequested)
            {
                result.SetCanceled(cancellation);
                return;
            }

            try
            {
                result.SetResult(compute());
            }
            catch (Exception failure)
            {
                result.SetException(failure);                    // the caller's
            }
        }
    }

    /// <summary>Ends after what was given before.</summary>
    public void Dispose()
    {
        pieces.CompleteAdding();
        thread.Join();
        pieces.Dispose();
    }
}
