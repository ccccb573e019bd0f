using PerceptionEncoder.Evaluation.Dense.Segmentation;

namespace PerceptionEncoder.Tests.Evaluation.Dense.Segmentation;

public class SharedReadingTests
{
    [Fact]
    public void One_pass_reads_once_and_the_next_pass_anew()
    {
        var reads = 0;
        var shared = new SharedReading<int>(() => Interlocked.Increment(ref reads), readers: 3);
        for (var pass = 1; pass <= 2; pass++)
        {
            var taken = new int[3];
            Parallel.For(0, 3, reader => taken[reader] = shared.Take());
            Assert.All(taken, each => Assert.Equal(pass, each));
        }

        Assert.Equal(2, reads);
    }

    [Fact]
    public void Every_reader_is_told_of_a_failure_and_the_next_pass_tries_again()
    {
        var reads = 0;
        var shared = new SharedReading<int>(() => reads++ == 0 ? throw new IOException("gone") : 7, readers: 2);
        Assert.Throws<IOException>(() => shared.Take());
        Assert.Throws<IOException>(() => shared.Take());
        Assert.Equal(7, shared.Take());
    }
}
