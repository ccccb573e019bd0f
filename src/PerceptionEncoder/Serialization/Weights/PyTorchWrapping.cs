namespace PerceptionEncoder.Serialization.Weights;

/// <summary>
/// The dictionary of weights inside a training checkpoint, which keeps it beside an optimiser, counters and objects. Of weights and their
/// moving average the average is taken, as timm does: it is what evaluations of such runs report.
/// </summary>
/// <param name="Weights">The dictionary.</param>
/// <param name="Path">Its keys from the top, outermost first; empty where the file is the dictionary.</param>
/// <param name="Note">What was chosen, where there was a choice; else null.</param>
internal sealed record PyTorchWrapping(PickleDictionary Weights, IReadOnlyList<string> Path, string? Note)
{
    private const int MaximumDepth = 4;

    private static readonly string[] Averages =
    [
        "state_dict_ema", "ema_state_dict", "model_ema", "ema_model", "model_ema_state_dict", "ema_model_state_dict", "ema",
    ];

    private static readonly string[] Usual =
    [
        "state_dict", "model_state_dict", "model_state", "model", "weights", "module", "params", "network", "net", "encoder", "backbone",
        "shadow",
    ];

    /// <summary>Parts of keys that stand for what is kept beside weights.</summary>
    private static readonly string[] Beside = ["optim", "sched", "scaler", "callback", "loop", "rng", "loss", "args", "config", "hyper"];

    /// <summary>Finds the weights; the dictionary that was searched last where there are none.</summary>
    public static PyTorchWrapping Find(PickleDictionary root)
    {
        var (dictionary, path, notes) = (root, new List<string>(), new List<string>());
        while (path.Count < MaximumDepth && Inner(dictionary) is { } key)
        {
            if (Choice(dictionary, key) is { } note)
            {
                notes.Add(note);
            }

            dictionary = (PickleDictionary)dictionary.Find(key)!;
            path.Add(key);
        }

        return new PyTorchWrapping(dictionary, path, notes.Count > 0 ? string.Join("; ", notes) : null);
    }

    /// <summary>The key of the dictionary inside that holds the weights; null where this one is it.</summary>
    private static string? Inner(PickleDictionary dictionary)
    {
        var inside = dictionary.Items.Where(item => item.Key is string && item.Value is PickleDictionary inner && HoldsTensors(inner))
            .Select(item => (string)item.Key!)
            .ToHashSet(StringComparer.Ordinal);
        if (Averages.Concat(Usual).FirstOrDefault(inside.Contains) is { } usual)
        {
            return usual;
        }

        var others = inside.Where(key => !Array.Exists(Beside, part => key.Contains(part, StringComparison.OrdinalIgnoreCase)))
            .Take(2).ToArray();
        return others.Length == 1 && !dictionary.Items.Exists(item => item is { Key: string, Value: PickleTensor }) ? others[0] : null;
    }

    private static string? Choice(PickleDictionary dictionary, string chosen)
    {
        var average = Averages.FirstOrDefault(key => dictionary.Find(key) is PickleDictionary or PickleOpaque);
        return average is null ? null
            : average != chosen
                ? $"the average {average} ({PickleText.Describe(dictionary.Find(average))}) holds no weights by "
                    + $"name: {ShownText.Of(chosen)} is taken"
            : Usual.FirstOrDefault(key => dictionary.Find(key) is PickleDictionary or PickleOpaque) is { } raw
                ? $"the average {chosen} is taken, not the weights as trained, {raw}"
            : null;
    }

    /// <summary>
    /// Whether there are tensors by name, here or deeper. Dictionaries may be shared and contain themselves, so that each is looked at
    /// once.
    /// </summary>
    private static bool HoldsTensors(PickleDictionary start)
    {
        var seen = new HashSet<PickleDictionary>(ReferenceEqualityComparer.Instance) { start };
        var waiting = new Queue<(PickleDictionary Dictionary, int Depth)>([(start, 1)]);
        while (waiting.TryDequeue(out var next))
        {
            foreach (var item in next.Dictionary.Items)
            {
                if (item is { Key: string, Value: PickleTensor })
                {
                    return true;
                }

                if (item is { Key: string, Value: PickleDictionary inner } && next.Depth < MaximumDepth && seen.Add(inner))
                {
                    waiting.Enqueue((inner, next.Depth + 1));
                }
            }
        }

        return false;
    }
}
