using PerceptionEncoder.Training.Plans;

namespace PerceptionEncoder.Tests.Training.Plans;

public sealed class RingTrafficTests
{
    [Theory]
    [InlineData(1, 0, 0)]
    [InlineData(2, 500, 1000)]              // half of it to the other, and once more its sum
    [InlineData(4, 750, 1500)]
    [InlineData(1000, 999, 1998)]
    public void A_ring_sends_a_part_to_every_other_rank_and_a_sum_twice_that(int ranks, double gathered, double reduced)
    {
        Assert.Equal(gathered, RingTraffic.AllGather(1000, ranks));
        Assert.Equal(gathered, RingTraffic.ReduceScatter(1000, ranks));
        Assert.Equal(reduced, RingTraffic.AllReduce(1000, ranks));
    }

    [Theory]
    [InlineData("400Gbps", 50e9)]
    [InlineData("50GB/s", 50e9)]
    [InlineData("3.2Tbps", 400e9)]
    [InlineData("800 Gbit/s", 100e9)]
    [InlineData("100Mb/s", 12.5e6)]
    public void A_network_is_told_in_bits_or_in_bytes(string text, double bytes)
    {
        Assert.Equal(bytes, NetworkRate.Parse(text), 1e-6);
        Assert.Equal(bytes, NetworkRate.Parse(NetworkRate.Describe(bytes)), 1e-6);
    }

    [Theory]
    [InlineData("")]
    [InlineData("400")]
    [InlineData("0Gbps")]
    [InlineData("-1Gbps")]
    [InlineData("400gbps")]
    [InlineData("400GB")]
    [InlineData("1e3Gbps")]
    [InlineData("400Gbps\n")]
    public void What_is_no_rate_is_answered_with_two_that_are(string text)
    {
        var message = Assert.Throws<UserErrorException>(() => NetworkRate.Parse(text)).Message;
        Assert.StartsWith($"--network {text}: ", message, StringComparison.Ordinal);
        Assert.EndsWith("such as 400Gbps or 50GB/s.", message, StringComparison.Ordinal);
    }
}
