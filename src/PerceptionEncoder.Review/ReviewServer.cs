using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Tools.VideoEngine.Refinement;

namespace PerceptionEncoder.Review;

/// <summary>Serves the page on which people review captions.</summary>
public sealed class ReviewServer : IAsyncDisposable
{
    /// <summary>Largest request: a caption and its draft, escaped.</summary>
    private const int LargestRequest = 1 << 20;

    private readonly WebApplication app;
    private readonly ReviewSession session;
    private readonly ReviewServerOptions options;

    private ReviewServer(ReviewServerOptions options, ReviewSession session, WebApplication app)
        => (this.options, this.session, this.app) = (options, session, app);

    /// <summary>The page, without the token.</summary>
    public Uri Page
    {
        get
        {
            var port = new Uri(app.Urls.First()).Port;
            var host = options.Address.Equals(IPAddress.Any) || options.Address.Equals(IPAddress.IPv6Any)
                ? Dns.GetHostName()
                : options.Address.ToString();
            return new UriBuilder(Uri.UriSchemeHttp, host, port).Uri;
        }
    }

    /// <summary>Clips that are reviewed, reviews wanted of them, and reviews done.</summary>
    public (long Clips, long Reviews, long Done) Progress
    {
        get
        {
            var progress = session.Progress("");
            return (progress.Clips, progress.Reviews, progress.Done);
        }
    }

    /// <summary>Looks the shards through, opens the state, and begins to listen.</summary>
    /// <param name="options">What and where.</param>
    /// <param name="log">Takes a line for each clip that cannot be reviewed, and for each fault later.</param>
    /// <param name="report">Told the number of clips found so far.</param>
    /// <param name="clock">Tells when leases end; that of the system where null.</param>
    /// <param name="cancellation">Stops before it listens.</param>
    /// <exception cref="UserErrorException">A shard or the state cannot be used, or the port is taken.</exception>
    public static async Task<ReviewServer> Start(
        ReviewServerOptions options,
        Action<string> log,
        Action<long>? report = null,
        TimeProvider? clock = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(log);
        if (options.Token is null && !IPAddress.IsLoopback(options.Address))
        {
            throw new ArgumentException($"{options.Address} is open to others: it needs a token", nameof(options));
        }

        var faults = new BadSamples();
        faults.Found += bad => log($"{bad.Shard}{(bad.Key is null ? "" : $", sample {bad.Key}")}: {bad.Detail}; left out");
        var session = ReviewSession.Open(options.Review, faults, report, clock, cancellation);
        var server = new ReviewServer(options, session, Build(options, session, log));
        try
        {
            await server.app.StartAsync(cancellation).ConfigureAwait(false);
            return server;
        }
        catch (Exception failure) when (failure is IOException or SocketException)
        {
            await server.DisposeAsync().ConfigureAwait(false);
            throw new UserErrorException(
                $"{options.Address}, port {options.Port}: cannot be listened on ({failure.Message.ReplaceLineEndings(" ").TrimEnd('.')}). "
                + "Name another --port, or another --bind.",
                failure);
        }
        catch
        {
            await server.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Ends what is on its way, at once where it takes longer than the token allows.</summary>
    public Task Stop(CancellationToken cancellation) => app.StopAsync(cancellation);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await app.DisposeAsync().ConfigureAwait(false);
        session.Dispose();
    }

    private static WebApplication Build(ReviewServerOptions options, ReviewSession session, Action<string> log)
    {
        // Empty, so that no settings file of the folder it is started in and no variable of the environment has a say.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = LargestRequest;
            kestrel.Listen(options.Address, options.Port);
        });
        builder.Services.AddRoutingCore();
        builder.Services.RemoveAll<IHostLifetime>();
        builder.Services.AddSingleton<IHostLifetime, CallersLifetime>();                  // signals are the command's
        builder.Services.ConfigureHttpJsonOptions(json => ReviewJson.Configure(json.SerializerOptions));
        var app = builder.Build();
        app.Use(new ReviewGuard(options, log).Handle);
        PageEndpoints.Map(app);
        ReviewEndpoints.Map(app, session, options.Reviewer);
        MediaEndpoints.Map(app, session);
        return app;
    }

    /// <summary>The server stops when whoever started it says so.</summary>
    private sealed class CallersLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
