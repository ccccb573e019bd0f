using PerceptionEncoder.Evaluation.Harness;

namespace PerceptionEncoder.Tests.Evaluation.Harness;

public class ReadAheadTests
{
    [Fact]
    public void Results_come_in_the_order_of_the_inputs_though_later_ones_are_done_first()
    {
        var results = ReadAhead.InOrder(Enumerable.Range(0, 50), Slowest_first, ahead: 8, default);

        Assert.Equal(Enumerable.Range(0, 50), results);

        static int Slowest_first(int input)
        {
            Thread.Sleep(input % 8 == 0 ? 5 : 0);
            return input;
        }
    }

    [Fact]
    public void Inputs_are_read_only_as_far_ahead_as_allowed()
    {
        var read = 0;
        using var results = ReadAhead.InOrder(Count(), input => input, ahead: 4, default).GetEnumerator();
        Assert.True(results.MoveNext());
        Thread.Sleep(50);

        Assert.InRange(Volatile.Read(ref read), 1, 6); // the one handed out, four that wait, one that waits to be queued

        IEnumerable<int> Count()
        {
            while (true)
            {
                yield return Interlocked.Increment(ref read);
            }
        }
    }

    [Fact]
    public void What_the_work_throws_comes_after_the_results_before_it()
    {
        var seen = new List<int>();
        var failure = Assert.Throws<UserErrorException>(() =>
        {
            foreach (var result in ReadAhead.InOrder(
                Enumerable.Range(0, 9),
                input => input == 3 ? throw new UserErrorException("three") : input,
                ahead: 4,
                default))
            {
                seen.Add(result);
            }
        });

        Assert.Equal("three", failure.Message);
        Assert.Equal([0, 1, 2], seen);
    }

    [Fact]
    public void What_reading_throws_comes_after_the_results_before_it()
    {
        using var results = ReadAhead.InOrder(Broken(), input => input, ahead: 4, default).GetEnumerator();

        Assert.True(results.MoveNext());
        Assert.Equal("no shard", Assert.Throws<UserErrorException>(() => results.MoveNext()).Message);

        static IEnumerable<int> Broken()
        {
            yield return 1;
            throw new UserErrorException("no shard");
        }
    }

    [Fact]
    public void Leaving_early_ends_the_reading()
    {
        var closed = false;
        Assert.Equal(0, ReadAhead.InOrder(Endless(), input => input, ahead: 4, default).First());

        Assert.True(closed);

        IEnumerable<int> Endless()
        {
            try
            {
                for (var i = 0; ; i++)
                {
                    yield return i;
                }
            }
            finally
            {
                closed = true;
            }
        }
    }

    [Fact]
    public void Cancelling_stops_the_caller()
    {
        using var cancellation = new CancellationTokenSource();
        using var results = ReadAhead.InOrder(Enumerable.Range(0, int.MaxValue), input => input, ahead: 4, cancellation.Token)
            .GetEnumerator();
        Assert.True(results.MoveNext());
        cancellation.Cancel();

        Assert.ThrowsAny<OperationCanceledException>(() =>
        {
            while (results.MoveNext())
            {
            }
        });
    }
}
