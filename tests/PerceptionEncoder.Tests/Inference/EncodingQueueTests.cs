using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using PerceptionEncoder.Inference;
using PerceptionEncoder.Media.Images;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tests.Inference;

public sealed class EncodingQueueTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("pe-queue-").FullName;
    private readonly MeterListener listener = new();
    private readonly List<(string Name, double Value, string Tags)> measured = [];
    private readonly ManualResetEventSlim release = new();
    private readonly ClipEncoder encoder;

    public EncodingQueueTests()
    {
        SmallCheckpoint.Write(Checkpoint);
        encoder = ClipEncoder.Open(Checkpoint);
        listener.InstrumentPublished = (instrument, own) =>
        {
            if (instrument.Meter.Name == EncodingQueue.MeterName)
            {
                own.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Note(instrument, value, tags));
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Note(instrument, value, tags));
        listener.Start();
    }

    private string Checkpoint => Path.Combine(folder, "model.safetensors");

    public void Dispose()
    {
        release.Set();
        listener.Dispose();
        encoder.Dispose();
        release.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task Callers_at_once_are_batched_and_get_what_the_encoder_alone_gives_each()
    {
        await using var queue = new EncodingQueue(encoder, new EncodingQueueOptions { BatchSize = 8 });
        var files = Enumerable.Range(0, 20).Select(Picture).ToArray();
        var busy = Occupy();
        var features = files.Select(file => queue.EncodeImageAsync(file)).ToArray();
        var pixels = Pixels(77);
        var stream = new MemoryStream(files[3]);
        Task<float[]>[] others = [queue.EncodeTextAsync("a cat"), queue.EncodeRgbAsync(pixels, 9, 7), queue.EncodeImageAsync(stream)];
        await Until(() => queue.Length == 23);
        await Task.Delay(100);                                       // decoded, too
        release.Set();
        await busy;

        for (var i = 0; i < files.Length; i++)
        {
            AssertClose(encoder.EncodeImage(files[i]), await features[i]);
        }

        AssertClose(encoder.EncodeText("a cat"), await others[0]);
        AssertClose(encoder.EncodeRgb(pixels, 9, 7), await others[1]);
        AssertClose(encoder.EncodeImage(files[3]), await others[2]);
        Assert.Equal([8, 8, 6], Sizes("image"));
        Assert.Equal([1], Sizes("text"));
        Assert.Equal(23, Requests("done"));
        await Until(() => queue.Length == 0);
    }

    [Fact]
    public async Task A_caller_who_leaves_is_gone_at_once_and_is_not_computed()
    {
        await using var queue = new EncodingQueue(encoder, new EncodingQueueOptions { BatchSize = 4 });
        using var stop = new CancellationTokenSource();
        var busy = Occupy();
        var staying = Enumerable.Range(0, 3).Select(index => queue.EncodeImageAsync(Picture(index))).ToArray();
        var leaving = Enumerable.Range(3, 9).Select(index => queue.EncodeImageAsync(Picture(index), stop.Token)).ToArray();
        await Until(() => queue.Length == 12);
        await Task.Delay(100);                                       // decoded, too
        await stop.CancelAsync();
        foreach (var caller in leaving)
        {
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => caller);
        }

        Assert.Equal(3, queue.Length);
        release.Set();
        await busy;
        await Task.WhenAll(staying);
        Assert.Equal([3], Sizes("image"));
        Assert.Equal(9, Requests("cancelled"));
    }

    [Fact]
    public async Task A_caller_who_comes_cancelled_is_not_even_decoded()
    {
        await using var queue = new EncodingQueue(encoder);
        var gone = new CancellationToken(canceled: true);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => queue.EncodeImageAsync("no picture"u8.ToArray(), gone));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => queue.EncodeTextAsync("a cat", gone));
        Assert.Empty(Sizes("text"));
    }

    [Fact]
    public async Task A_bad_picture_fails_its_caller_and_nobody_else()
    {
        await using var queue = new EncodingQueue(encoder);
        var callers = Enumerable.Range(0, 12)
            .Select(index => queue.EncodeImageAsync(index % 3 == 1 ? "no picture"u8.ToArray() : Picture(index))).ToArray();
        for (var index = 0; index < callers.Length; index++)
        {
            if (index % 3 == 1)
            {
                await Assert.ThrowsAsync<ImageException>(() => callers[index]);
            }
            else
            {
                AssertClose(encoder.EncodeImage(Picture(index)), await callers[index]);
            }
        }

        await Assert.ThrowsAsync<ArgumentException>(() => queue.EncodeRgbAsync(new byte[4], 9, 7));
        Assert.Equal(5, Requests("failed"));
    }

    [Fact]
    public async Task A_full_queue_refuses_or_lets_wait_as_it_is_told()
    {
        var busy = Occupy();
        await using var refusing = new EncodingQueue(encoder, new EncodingQueueOptions { Capacity = 2, WhenFull = FullQueue.Refuse });
        await using var waiting = new EncodingQueue(encoder, new EncodingQueueOptions { Capacity = 2 });
        var served = Enumerable.Range(0, 2).Select(_ => refusing.EncodeTextAsync("a cat")).ToArray();
        var full = await Assert.ThrowsAsync<QueueFullException>(() => refusing.EncodeTextAsync("a cat"));
        Assert.Equal(2, full.Capacity);

        var all = Enumerable.Range(0, 7).Select(_ => waiting.EncodeTextAsync("a dog")).ToArray();
        using var stop = new CancellationTokenSource();
        var leaving = waiting.EncodeTextAsync("a dog", stop.Token);
        Assert.Equal(2, waiting.Length);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => leaving);

        release.Set();
        await busy;
        await Task.WhenAll([.. served, .. all]);
        await refusing.EncodeTextAsync("a cat");                     // there is room again
    }

    [Fact]
    public async Task A_batch_waits_for_those_who_were_there_a_moment_ago_and_for_nobody_else()
    {
        await using var queue = new EncodingQueue(encoder, new EncodingQueueOptions { MaximumWait = TimeSpan.FromMinutes(1) });
        for (var turn = 0; turn < 3; turn++)
        {
            await queue.EncodeTextAsync("a cat").WaitAsync(TimeSpan.FromSeconds(20));       // alone: at once
        }

        var busy = Occupy();
        var two = new[] { queue.EncodeTextAsync("a cat"), queue.EncodeTextAsync("a dog") };
        release.Set();
        await busy;
        await Task.WhenAll(two);
        var first = queue.EncodeTextAsync("a cat");
        await Task.Delay(200);
        Assert.False(first.IsCompleted);
        await queue.EncodeTextAsync("a dog").WaitAsync(TimeSpan.FromSeconds(20));
        await first;
        Assert.Equal([1, 1, 1, 2, 2], Sizes("text"));
    }

    [Fact]
    public async Task Disposed_asynchronously_it_serves_who_is_inside_and_refuses_who_comes()
    {
        var queue = new EncodingQueue(encoder, new EncodingQueueOptions { Capacity = 3 });
        var busy = Occupy();
        var inside = Enumerable.Range(0, 3).Select(index => queue.EncodeImageAsync(Picture(index))).ToArray();
        var outside = queue.EncodeImageAsync(Picture(4));            // waits for a place
        await Until(() => queue.Length == 3);
        var disposal = queue.DisposeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => outside);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => queue.EncodeTextAsync("a cat"));
        Assert.False(disposal.IsCompleted);
        release.Set();
        await disposal;
        await busy;
        Assert.All(await Task.WhenAll(inside), feature => Assert.Equal(8, feature.Length));
    }

    [Fact]
    public async Task Disposed_it_sends_away_who_waits()
    {
        var queue = new EncodingQueue(encoder, new EncodingQueueOptions { BatchSize = 1 });
        var busy = Occupy();
        var texts = Enumerable.Range(0, 5).Select(_ => queue.EncodeTextAsync("a cat")).ToArray();
        var disposal = Task.Run(queue.Dispose);
        await Task.Delay(50);
        release.Set();
        await Task.WhenAll(disposal, busy);
        var left = 0;
        foreach (var text in texts)
        {
            left += await Record.ExceptionAsync(() => text) is ObjectDisposedException ? 1 : 0;
        }

        Assert.InRange(left, 4, 5);                                  // one may have been with the encoder
        await Assert.ThrowsAsync<ObjectDisposedException>(() => queue.EncodeTextAsync("a cat"));
    }

    [Fact]
    public void Limits_that_no_queue_can_have_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new EncodingQueue(encoder, new EncodingQueueOptions { BatchSize = 0 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => new EncodingQueue(encoder, new EncodingQueueOptions { Capacity = 0 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => new EncodingQueue(encoder, new EncodingQueueOptions { Decoders = -1 }));
        Assert.Throws<ArgumentOutOfRangeException>(
            () => new EncodingQueue(encoder, new EncodingQueueOptions { MaximumWait = TimeSpan.FromSeconds(-1) }));
    }

    [Fact]
    public async Task A_container_opens_one_encoder_logs_it_and_disposes_it_after_its_queue()
    {
        var before = LiveTensors.Count();
        var log = new LogLines();
        var services = new ServiceCollection().AddSingleton<ILoggerFactory>(log)
            .AddPerceptionEncoder(new() { Checkpoint = Checkpoint, Queue = new() { Capacity = 5 }, MaximumPixels = 100 });
        await using (var provider = services.BuildServiceProvider())
        {
            Assert.Empty(log.Lines);
            var queue = provider.GetRequiredService<EncodingQueue>();
            Assert.Equal(5, queue.Options.Capacity);
            Assert.Same(queue, provider.GetRequiredService<EncodingQueue>());
            Assert.Equal(100, provider.GetRequiredService<ClipEncoder>().MaximumPixels);
            Assert.Equal(8, (await queue.EncodeTextAsync("a cat")).Length);
        }

        Assert.Equal(before, Tensor.TotalCount);
        Assert.Contains("pictures of 16 pixels to 8 numbers", Assert.Single(log.Lines), StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => services.AddPerceptionEncoder(new PerceptionEncoderOptions { Checkpoint = " " }));
    }

    [Fact]
    public async Task A_batch_that_fails_is_logged_and_told_to_its_callers()
    {
        var log = new LogLines();
        var own = ClipEncoder.Open(Checkpoint);
        await using var queue = new EncodingQueue(own, logger: log.CreateLogger<EncodingQueue>());
        own.Dispose();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => queue.EncodeTextAsync("a cat"));
        Assert.Contains("could not be computed", Assert.Single(log.Lines), StringComparison.Ordinal);
    }

    /// <summary>Keeps the encoder's thread busy until <see cref="release"/>.</summary>
    private Task<bool> Occupy()
    {
        release.Reset();
        return encoder.Compute(() => release.Wait(TimeSpan.FromMinutes(1)), CancellationToken.None);
    }

    private static async Task Until(Func<bool> condition)
    {
        for (var turn = 0; turn < 3000 && !condition(); turn++)
        {
            await Task.Delay(10);
        }

        Assert.True(condition());
    }

    private int[] Sizes(string input)
    {
        lock (measured)
        {
            return [.. measured.Where(entry => entry.Name.EndsWith("batch.size", StringComparison.Ordinal) && entry.Tags.Contains(input))
                .Select(entry => (int)entry.Value)];
        }
    }

    private int Requests(string outcome)
    {
        lock (measured)
        {
            return measured.Count(entry => entry.Name.EndsWith("request.duration", StringComparison.Ordinal)
                && entry.Tags.EndsWith(outcome, StringComparison.Ordinal));
        }
    }

    private void Note(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        lock (measured)
        {
            measured.Add((instrument.Name, value, string.Join(' ', tags.ToArray().Select(tag => tag.Value))));
        }
    }

    private static void AssertClose(float[] expected, float[] actual)
        => Assert.All(expected.Zip(actual), pair => Assert.Equal(pair.First, pair.Second, 1e-5f));

    private static byte[] Pixels(int seed)
    {
        var pixels = new byte[3 * 9 * 7];
        new Random(seed).NextBytes(pixels);
        return pixels;
    }

    private static byte[] Picture(int seed) => PngEncoder.Encode(new DecodedImage(9, 7, 3, Pixels(seed), Indexed: false));

    private sealed class LogLines : ILoggerFactory, ILogger
    {
        public List<string> Lines { get; } = [];

        public ILogger CreateLogger(string categoryName) => this;

        public void AddProvider(ILoggerProvider provider)
        {
        }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel,
            EventId eventId,
            TState state,
            Exception? exception,
            Func<TState, Exception?, string> formatter) => Lines.Add(formatter(state, exception));

        public void Dispose()
        {
        }
    }
}
