namespace PerceptionEncoder.Inference;

/// <summary>A caller whose input waits for a batch. A caller that is cancelled leaves at once, and takes its input along.</summary>
internal sealed class WaitingCaller<T> : IDisposable
    where T : class
{
    private readonly TaskCompletionSource<float[]> row = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenRegistration registration;
    private T? input;

    public WaitingCaller(T input, CancellationToken cancellation)
    {
        this.input = input;
        registration = cancellation.Register(() =>
        {
            this.input = null;
            row.TrySetCanceled(cancellation);
        });
    }

    /// <summary>The input; null where the caller has left.</summary>
    public T? Input => input;

    /// <summary>Its feature.</summary>
    public Task<float[]> Row => row.Task;

    /// <summary>Gives it its feature, where it has not left.</summary>
    public void Give(float[] feature) => row.TrySetResult(feature);

    /// <summary>Sends it away without one.</summary>
    public void Fail(Exception failure) => row.TrySetException(failure);

    /// <inheritdoc/>
    public void Dispose() => registration.Dispose();
}
