using PerceptionEncoder.Inference;
using PerceptionEncoder.Serialization.Remote;
using PerceptionEncoder.Serialization.Weights;
using PerceptionEncoder.Tensors;
using PerceptionEncoder.Tools.Conversation;

namespace PerceptionEncoder.Tools.VideoEngine.Captioning;

/// <summary>Opens captioners; those that are one model on one place are opened once.</summary>
/// <param name="precision">Of models in this process.</param>
/// <param name="compute">Where they are.</param>
/// <param name="environment">Reads an environment variable.</param>
/// <param name="log">Takes a line that names the device.</param>
/// <param name="firstPause">Before the first retry of a call; null for the usual one.</param>
internal sealed class Captioners(
    Precision precision,
    ComputeOptions compute,
    Func<string, string?> environment,
    Action<string> log,
    TimeSpan? firstPause = null) : IDisposable
{
    private readonly Dictionary<CaptionerOptions, ICaptioner> open = [];

    /// <summary>The captioner of some options.</summary>
    /// <param name="place">Its key in the config, for messages.</param>
    /// <param name="options">Valid ones.</param>
    /// <exception cref="UserErrorException">A key is not there, or a model cannot be opened.</exception>
    public ICaptioner Open(string place, CaptionerOptions options)
    {
        if (!open.TryGetValue(options, out var captioner))
        {
            open[options] = captioner = options.Type == CaptionerType.Endpoint
                ? new EndpointCaptioner(place, options, environment, firstPause: firstPause)
                : OpenModel(options);
        }

        return captioner;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var captioner in open.Values)
        {
            captioner.Dispose();
        }
    }

    private LanguageModelCaptioner OpenModel(CaptionerOptions options)
    {
        var checkpoint = options.Checkpoint!;
        if (RemoteAddress.IsRemote(checkpoint))
        {
            using var remote = new RemoteFiles(RemoteOptions.FromEnvironment());
            checkpoint = remote.Fetch(checkpoint, report: null, CancellationToken.None);
        }

        return new LanguageModelCaptioner(options.Name, VisualConversation.Open(
            new ConversationOptions
            {
                Checkpoint = checkpoint,
                Tokenizer = options.Tokenizer,
                Precision = precision,
                Compute = compute,
                Generation = new GenerationOptions { MaxNewTokens = options.MaxTokens, Temperature = options.Temperature },
            },
            log));
    }
}
