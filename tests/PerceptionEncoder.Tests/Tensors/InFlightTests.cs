using PerceptionEncoder.Tensors;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tests.Tensors;

public sealed class InFlightTests
{
    private readonly List<string> events = [];

    [Fact]
    public void The_next_work_is_started_before_the_last_is_waited_for()
    {
        Assert.Equal([0, 1, 2], InFlight.Landed(Started(3, onDevice: true)).Select(Used));
        Assert.Equal("start 0, start 1, wait 0, use 0, start 2, wait 1, use 1, wait 2, use 2", string.Join(", ", events));
    }

    [Fact]
    public void Work_that_is_done_at_once_is_not_held_back()
    {
        Assert.Equal([0, 1], InFlight.Landed(Started(2, onDevice: false)).Select(Used));
        Assert.Equal("start 0, use 0, start 1, use 1", string.Join(", ", events));
    }

    [Fact]
    public void Whoever_stops_taking_leaves_what_flies_unread()
    {
        Assert.Equal(0, InFlight.Landed(Started(9, onDevice: true)).Select(Used).First());
        Assert.Equal("start 0, start 1, wait 0, use 0", string.Join(", ", events));
    }

    [Fact]
    public void On_the_CPU_tensors_land_as_they_come_and_nothing_is_left()
    {
        TorchRuntime.Initialize();
        using var scope = NewDisposeScope();
        var landing = new Landing();
        using var tensor = arange(3);
        var before = Tensor.TotalCount;
        var seen = new List<long>();
        for (var i = 0; i < 5; i++)
        {
            landing.Bring(tensor, host => seen.Add((host + i).sum().item<long>()));
            Assert.Equal(i + 1, seen.Count);
        }

        landing.Finish();
        Assert.Equal([3, 6, 9, 12, 15], seen);
        Assert.True(Tensor.TotalCount <= before);
    }

    private IEnumerable<InFlight<int>> Started(int count, bool onDevice)
    {
        for (var i = 0; i < count; i++)
        {
            var work = i;
            events.Add($"start {work}");
            yield return new(work, onDevice ? () => events.Add($"wait {work}") : null);
        }
    }

    private int Used(int work)
    {
        events.Add($"use {work}");
        return work;
    }
}
