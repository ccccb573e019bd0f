namespace PerceptionEncoder.Tensors;

/// <summary>Work that a GPU does while the host reads the result of the work before.</summary>
/// <param name="Value">What was started; whole once <paramref name="Wait"/> has returned.</param>
/// <param name="Wait">Waits for it, once; null where it is done.</param>
internal readonly record struct InFlight<T>(T Value, Action? Wait);

/// <summary>Keeps one piece of work in flight.</summary>
internal static class InFlight
{
    /// <summary>
    /// The results of some work, in order. Work that is not done at once stays in flight until the next has been started.
    /// </summary>
    /// <param name="started">Starts the next piece of work each time it is asked for one.</param>
    public static IEnumerable<T> Landed<T>(IEnumerable<InFlight<T>> started)
    {
        InFlight<T>? flying = null;
        foreach (var next in started)
        {
            if (flying is { } earlier)
            {
                flying = null;
                earlier.Wait!();
                yield return earlier.Value;
            }

            if (next.Wait is null)
            {
                yield return next.Value;
            }
            else
            {
                flying = next;
            }
        }

        if (flying is { } last)
        {
            last.Wait!();
            yield return last.Value;
        }
    }
}
