using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace PerceptionEncoder.Inference;

/// <summary>An encoder and its queue for dependency injection.</summary>
public static partial class PerceptionEncoderServices
{
    /// <summary>
    /// Registers one <see cref="ClipEncoder"/> and one <see cref="EncodingQueue"/> over it, opened when first asked for and disposed by the
    /// container. They log through <see cref="ILoggerFactory"/> where the container has one.
    /// </summary>
    /// <param name="services">The container's.</param>
    /// <param name="options">Which model, where, and the queue's limits.</param>
    /// <returns>The services.</returns>
    /// <exception cref="ArgumentException">The options name no checkpoint, or limits that no queue can have.</exception>
    public static IServiceCollection AddPerceptionEncoder(this IServiceCollection services, PerceptionEncoderOptions options)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentException.ThrowIfNullOrWhiteSpace(options.Checkpoint);
        options.Queue.Validate();
        services.TryAddSingleton(provider => Open(options, Logger<ClipEncoder>(provider)));
        services.TryAddSingleton(provider => new EncodingQueue(
            provider.GetRequiredService<ClipEncoder>(),
            options.Queue,
            Logger<EncodingQueue>(provider)));
        return services;
    }

    private static ClipEncoder Open(PerceptionEncoderOptions options, ILogger<ClipEncoder> logger)
    {
        var began = Stopwatch.GetTimestamp();
        var encoder = ClipEncoder.Open(options.Checkpoint, options.Compute, options.Precision, options.ImageSize, options.Vocabulary);
        (encoder.Fit, encoder.MaximumPixels) = (options.Fit, options.MaximumPixels);
        if (logger.IsEnabled(LogLevel.Information))
        {
            var seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
            var (checkpoint, products) = (AddressSecrets.Hide(options.Checkpoint), encoder.Products);
            LogOpened(logger, checkpoint, encoder.Resolution, encoder.Dimension, products, seconds);
        }

        return encoder;
    }

    private static ILogger<T> Logger<T>(IServiceProvider provider)
        => provider.GetService<ILoggerFactory>()?.CreateLogger<T>() ?? NullLogger<T>.Instance;

    [LoggerMessage(
        Level = LogLevel.Information,
        Message = "Opened {Checkpoint}: pictures of {Resolution} pixels to {Dimension} numbers, {Products}, in {Seconds:0.0} s.")]
    private static partial void LogOpened(
        ILogger logger,
        string checkpoint,
        int resolution,
        int dimension,
        string products,
        double seconds);
}
