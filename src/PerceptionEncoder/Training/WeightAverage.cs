using static TorchSharp.torch;

namespace PerceptionEncoder.Training;

/// <summary>An exponential moving average of a model's weights (EMA): smoother, and often better, than the weights themselves.</summary>
internal sealed class WeightAverage : IDisposable
{
    private readonly (string Name, Tensor Weights, Tensor Mean)[] entries;
    private readonly EmaOptions options;
    private bool isInModel;

    /// <summary>Starts at the model's weights.</summary>
    /// <param name="model">The caller's; float32 parameters on one device.</param>
    /// <param name="options">How slowly it follows.</param>
    public WeightAverage(nn.Module model, EmaOptions options)
    {
        ArgumentNullException.ThrowIfNull(model);
        this.options = options;
        using var noGradient = no_grad();
        entries = [.. model.state_dict().Select(entry => (entry.Key, entry.Value, entry.Value.detach().clone().DetachFromDisposeScope()))];
    }

    /// <summary>The means by state-dict name, wherever they are.</summary>
    public IEnumerable<(string Name, Tensor Tensor)> Tensors
        => entries.Select(entry => (entry.Name, isInModel ? entry.Weights : entry.Mean));

    /// <summary>The weights themselves by state-dict name, wherever they are.</summary>
    public IEnumerable<(string Name, Tensor Tensor)> Weights
        => entries.Select(entry => (entry.Name, isInModel ? entry.Mean : entry.Weights));

    /// <summary>Follows the weights after an update.</summary>
    /// <param name="step">Updates made, this one included: early on the mean follows faster.</param>
    public void Update(long step)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var share = 1 - Math.Min(options.Decay, (1.0 + step) / (10.0 + step));
        foreach (var (_, weights, mean) in entries)
        {
            mean.lerp_(weights, share);
        }
    }

    /// <summary>Puts the means into the model until the result is disposed; then its own weights are back, to the bit.</summary>
    public IDisposable PutIntoModel()
    {
        Exchange();
        return new Restoring(this);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var (_, _, mean) in entries)
        {
            mean.Dispose();
        }
    }

    private void Exchange()
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        foreach (var (_, weights, mean) in entries)
        {
            using var kept = weights.clone();
            weights.copy_(mean);
            mean.copy_(kept);
        }

        isInModel = !isInModel;
    }

    private sealed class Restoring(WeightAverage average) : IDisposable
    {
        public void Dispose() => average.Exchange();
    }
}
