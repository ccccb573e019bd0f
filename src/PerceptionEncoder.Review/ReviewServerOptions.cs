using System.Net;
using PerceptionEncoder.Tools.VideoEngine.Refinement;

namespace PerceptionEncoder.Review;

/// <summary>What is reviewed, and where the page is.</summary>
public sealed record ReviewServerOptions
{
    /// <summary>Where the draft of a sample is, unless told otherwise.</summary>
    public static IReadOnlyList<string> UsualDrafts => ReviewOptions.UsualDrafts;

    /// <summary>Paths, folders or patterns of tars.</summary>
    public required IReadOnlyList<string> Shards { get; init; }

    /// <summary>SQLite file of the decisions; made where it is absent.</summary>
    public required string State { get; init; }

    /// <summary>Where the draft is: a field of the JSON (<c>json.caption</c>) or a member (<c>txt</c>); the first that is there.</summary>
    public IReadOnlyList<string> Drafts { get; init; } = UsualDrafts;

    /// <summary>Share of the clips that two people review, for their agreement.</summary>
    public double DoubleShare { get; init; }

    /// <summary>After so long without a sign of its browser a clip is offered to others.</summary>
    public TimeSpan Lease { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Decode clips in child processes only.</summary>
    public bool IsolateDecoder { get; init; }

    /// <summary>Name that the page proposes; null for none.</summary>
    public string? Reviewer { get; init; }

    /// <summary>Where the server listens.</summary>
    public IPAddress Address { get; init; } = IPAddress.Loopback;

    /// <summary>On which port; 0 for any that is free.</summary>
    public int Port { get; init; } = 8090;

    /// <summary>What a browser must know to be let in; null where anybody may who reaches the address.</summary>
    public string? Token { get; init; }

    internal ReviewOptions Review => new()
    {
        Shards = Shards,
        State = State,
        Drafts = Drafts,
        DoubleShare = DoubleShare,
        Lease = Lease,
        IsolateDecoder = IsolateDecoder,
    };
}
