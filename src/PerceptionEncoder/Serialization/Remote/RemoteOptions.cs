namespace PerceptionEncoder.Serialization.Remote;

/// <summary>Where remote files come from and are kept.</summary>
public sealed record RemoteOptions
{
    /// <summary>
    /// Folder of fetched files: <c>PE_CACHE</c>, else <c>perception-encoder</c> in <c>XDG_CACHE_HOME</c> or <c>~/.cache</c>.
    /// </summary>
    public required string Cache { get; init; }

    /// <summary>Hugging Face or a mirror of it: <c>HF_ENDPOINT</c>.</summary>
    public Uri Endpoint { get; init; } = new("https://huggingface.co");

    /// <summary>Sent to <see cref="Endpoint"/>'s host only: <c>HF_TOKEN</c>.</summary>
    public string? Token { get; init; }

    /// <summary>Use the cache alone: <c>PE_OFFLINE</c> or <c>HF_HUB_OFFLINE</c> is set and not 0.</summary>
    public bool Offline { get; init; }

    /// <summary>Fetch again what is in the cache, as a branch may have moved: <c>PE_REFRESH</c> is set and not 0.</summary>
    public bool Refresh { get; init; }

    /// <summary>Attempts without any progress before giving up.</summary>
    public int Attempts { get; init; } = 5;

    /// <summary>Waits before the second attempt; doubled each time.</summary>
    public TimeSpan Delay { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>A server that sends nothing for this long has dropped the connection.</summary>
    public TimeSpan Silence { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>What the environment says.</summary>
    /// <exception cref="UserErrorException"><c>HF_ENDPOINT</c> is no address.</exception>
    public static RemoteOptions FromEnvironment()
    {
        var endpoint = Text("HF_ENDPOINT") ?? "https://huggingface.co";
        return new RemoteOptions
        {
            Cache = Text("PE_CACHE")
                ?? Path.Combine(
                    Text("XDG_CACHE_HOME") ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache"),
                    "perception-encoder"),
            Endpoint = Uri.TryCreate(endpoint.TrimEnd('/'), UriKind.Absolute, out var url)
                ? url
                : throw new UserErrorException($"HF_ENDPOINT: '{endpoint}' is not an address. Write https://host."),
            Token = Text("HF_TOKEN"),
            Offline = Flag("PE_OFFLINE") || Flag("HF_HUB_OFFLINE"),
            Refresh = Flag("PE_REFRESH"),
        };
    }

    private static string? Text(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;

    private static bool Flag(string name) => Text(name) is { } value && value != "0";
}
