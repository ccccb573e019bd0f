using System.CommandLine;
using System.Diagnostics;
using System.Net;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using PerceptionEncoder.Review;

namespace PerceptionEncoder.Cli;

/// <summary><c>pe video-engine review</c>: a page on which people review captions.</summary>
internal static class VideoEngineReviewCommand
{
    private const string TokenVariable = "PE_REVIEW_TOKEN";
    private const int ShortestToken = 16;

    /// <summary>For what browsers are still loading, within the time in which a stopped command ends.</summary>
    private static readonly TimeSpan StopsWithin = TimeSpan.FromSeconds(0.5);

    public static Command Create()
    {
        var shards = new Argument<string[]>("SHARDS")
        {
            Description = "Tars of clips with a draft each: folders, files or patterns (DIR/{00000..00009}.tar).",
            Arity = ArgumentArity.OneOrMore,
        };
        var state = new Option<string>("--state")
        {
            Description = "Where decisions are kept; made where it is not there.",
            HelpName = "FILE.sqlite",
            Required = true,
        };
        var draft = new Option<string[]>("--draft")
        {
            Description = "Where the draft is: a field of the JSON, or a member; the first that is there. "
                + "json.caption json.model_caption txt by default.",
            HelpName = "PLACE...",
            AllowMultipleArgumentsPerToken = true,
        };
        var share = new Option<double>("--double-share")
        {
            Description = "Share of the clips that two people review, to see how far they agree.",
            HelpName = "SHARE",
            DefaultValueFactory = _ => 0,
        };
        var reviewer = new Option<string?>("--reviewer") { Description = "Name that the page begins with.", HelpName = "NAME" };
        var port = new Option<int>("--port")
        {
            Description = "Of the page; 0 takes a free one.",
            HelpName = "N",
            DefaultValueFactory = _ => 8090,
        };
        var bind = new Option<string?>("--bind")
        {
            Description = "Address to listen on for others than this machine, such as 0.0.0.0; with a token: "
                + $"that of {TokenVariable}, or one made up.",
            HelpName = "ADDRESS",
        };
        var lease = new Option<double>("--lease")
        {
            Description = "Minutes after which a clip that nobody works on is offered to others.",
            HelpName = "MINUTES",
            DefaultValueFactory = _ => 10,
        };
        var isolated = CommonOptions.IsolateDecoder();
        var command = new Command(
            "review",
            """
            Serve a page on which people accept, edit, reject or flag captions beside their clips, by keyboard.
            Ctrl-C ends it; every decision is in the state, and the next start goes on.

            Example:
              pe video-engine review ../shared/data/videos --state runs/reviews.sqlite
            """)
        { shards, state, draft, share, reviewer, port, bind, lease, isolated };
        command.SetAction(result =>
        {
            var address = Address(result.GetValue(bind));
            Require(result.GetValue(share) is >= 0 and <= 1, "--double-share", "is no share from 0 to 1");
            Require(result.GetValue(lease) is >= 0.05 and <= 1440, "--lease", "is no time from 0.05 to 1440 minutes");
            Require(result.GetValue(port) is >= 0 and <= IPEndPoint.MaxPort, "--port", $"is no number from 0 to {IPEndPoint.MaxPort}");
            WebFramework.Load();
            Serve(
                shards: result.GetRequiredValue(shards),
                state: result.GetRequiredValue(state),
                drafts: result.GetValue(draft) is { Length: > 0 } places ? places : null,
                doubleShare: result.GetValue(share),
                reviewer: result.GetValue(reviewer),
                address: address,
                port: result.GetValue(port),
                lease: TimeSpan.FromMinutes(result.GetValue(lease)),
                isolated: result.GetValue(isolated));
        });
        return command;
    }

    /// <summary>Apart, because this is compiled when it is called: by then the framework can be found.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Serve(
        string[] shards,
        string state,
        string[]? drafts,
        double doubleShare,
        string? reviewer,
        IPAddress address,
        int port,
        TimeSpan lease,
        bool isolated)
    {
        string? token = null;
        var isMadeUp = false;
        if (!IPAddress.IsLoopback(address))
        {
            (token, isMadeUp) = Token();
        }

        var options = new ReviewServerOptions
        {
            Shards = shards,
            State = state,
            Drafts = drafts ?? ReviewServerOptions.UsualDrafts,
            DoubleShare = doubleShare,
            Lease = lease,
            IsolateDecoder = isolated,
            Reviewer = reviewer,
            Address = address,
            Port = port,
            Token = token,
        };
        Run(options, token is null ? "" : isMadeUp ? $"?token={token}" : $"?token=${TokenVariable}").GetAwaiter().GetResult();
    }

    private static async Task Run(ReviewServerOptions options, string entry)
    {
        var stop = StopSignals.Current.Token;
        var shown = Stopwatch.StartNew();
        var server = await ReviewServer.Start(options, Console.Error.WriteLine, Show, cancellation: stop);
        await using (server)
        {
            var (clips, reviews, done) = server.Progress;
            Console.WriteLine($"{clips} clips, {done} of {reviews} reviews done: {options.State}");
            Console.WriteLine($"{server.Page}{entry}");
            var stopped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            using var registration = stop.Register(stopped.SetResult);
            await stopped.Task;
            using var limit = new CancellationTokenSource(StopsWithin);
            await server.Stop(limit.Token);
            (_, reviews, done) = server.Progress;
            Console.WriteLine($"{done} of {reviews} reviews done: {options.State}");
        }

        stop.ThrowIfCancellationRequested();

        void Show(long clips)
        {
            if (shown.Elapsed > TimeSpan.FromSeconds(Console.IsErrorRedirected ? 10 : 1))
            {
                Console.Error.WriteLine($"{clips} clips");
                shown.Restart();
            }
        }
    }

    private static IPAddress Address(string? bind)
        => bind is null or "localhost" ? IPAddress.Loopback
            : IPAddress.TryParse(bind, out var address) ? address
            : throw new UserErrorException($"--bind {bind}: is no address of this machine, such as 0.0.0.0 for all of them.");

    private static (string Token, bool IsMadeUp) Token()
        => Environment.GetEnvironmentVariable(TokenVariable) is not { Length: > 0 } given
            ? (Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16)), true)
            : given.Length >= ShortestToken && given.All(char.IsAsciiLetterOrDigit)
                ? (given, false)
                : throw new UserErrorException(
                    $"{TokenVariable}: has to be at least {ShortestToken} letters and digits. Make one: openssl rand -hex 16.");

    private static void Require(bool condition, string option, string problem)
    {
        if (!condition)
        {
            throw new UserErrorException($"{option}: {problem}.");
        }
    }
}
