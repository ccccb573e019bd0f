using System.Diagnostics;
using System.Net;
using Xunit.Abstractions;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tests.Samples;

/// <summary>
/// 2,000 requests of 8 clients. Rates are the best of several turns, in which service and encoder alternate, because the machine may be
/// shared. Where PE_ACCEPTANCE is set, a model that takes some 10 ms a picture must be served at 90% of the encoder's own rate; otherwise a
/// small one, beside which HTTP weighs more, at half of it.
/// </summary>
public sealed class SearchServiceLoadTests(ITestOutputHelper output)
{
    private const int Requests = 2000;
    private const int Clients = 8;
    private const int Turns = 5;
    private const long MostGrowth = 32L << 20;

    [Fact]
    public async Task Eight_clients_get_what_the_encoder_can_give_and_memory_stays_flat()
    {
        var strict = !string.IsNullOrEmpty(Environment.GetEnvironmentVariable("PE_ACCEPTANCE"));
        await using var service = strict
            ? await RunningService.Start(pictures: 64, width: 384, layers: 6, side: 96)
            : await RunningService.Start(pictures: 64, width: 192, layers: 4, side: 64);
        using var computed = new ComputedInputs();
        await Serve(service, 600);                                   // fills pools and caches
        await Own(service, 400);
        var (tensors, memory) = (LiveTensors.Count(), Resident());
        var (warmInputs, warmBatches) = (computed.Count, computed.Batches);

        var (served, own) = (0.0, 0.0);
        for (var turn = 0; turn < Turns; turn++)
        {
            served = Math.Max(served, await Serve(service, Requests / Turns));
            own = Math.Max(own, await Own(service, Requests / Turns));
        }

        var growth = Resident() - memory;
        output.WriteLine($"served {served:0} images/s, the encoder alone {own:0}: {served / own:P0}; batches of "
            + $"{(computed.Count - warmInputs) / (double)(computed.Batches - warmBatches):0.0}; {growth >> 20} MB more");
        Assert.Equal(Requests, computed.Count - warmInputs);
        Assert.Equal(tensors, LiveTensors.Count());
        Assert.True(growth < MostGrowth, $"{growth >> 20} MB more after {Requests} requests");
        Assert.True(served >= (strict ? 0.9 : 0.5) * own, $"served {served:0} images/s, the encoder alone {own:0}");
    }

    /// <summary>Images a second through HTTP.</summary>
    private static async Task<double> Serve(RunningService service, int requests)
    {
        var next = -1;
        var began = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, Clients).Select(async _ =>
        {
            for (int index; (index = Interlocked.Increment(ref next)) < requests;)
            {
                using var answer = await SearchServiceTests.Post(
                    service,
                    "embed/image",
                    service.Pictures[index % service.Pictures.Length]);
                Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            }
        }));
        return requests / Stopwatch.GetElapsedTime(began).TotalSeconds;
    }

    /// <summary>Images a second of the encoder alone, as many at once as there are clients.</summary>
    private static async Task<double> Own(RunningService service, int images)
    {
        var began = Stopwatch.GetTimestamp();
        foreach (var batch in Enumerable.Range(0, images).Chunk(Clients))
        {
            await service.Encoder.EncodeImagesAsync(
                [.. batch.Select(index => (ReadOnlyMemory<byte>)service.Pictures[index % service.Pictures.Length])]);
        }

        return images / Stopwatch.GetElapsedTime(began).TotalSeconds;
    }

    private static long Resident()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);     // gives memory back
        using var process = Process.GetCurrentProcess();
        return process.WorkingSet64;
    }
}
