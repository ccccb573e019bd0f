namespace PerceptionEncoder.Serialization.Weights;

/// <summary>
/// What the names of a pickle mean here: calling one gives a description of a tensor or a dictionary, or an object that stays closed.
/// Nothing is ever executed.
/// </summary>
internal static class PickleGlobals
{
    private const string Torch = "torch";
    private const string Utilities = "torch._utils";

    /// <summary>
    /// Modules and functions that no checkpoint needs and that attacks use. Harmless here; whoever made the file meant harm elsewhere.
    /// </summary>
    private static readonly HashSet<string> RunCode =
    [
        "os", "posix", "nt", "subprocess", "sys", "runpy", "shutil", "socket", "pty", "ctypes", "importlib", "webbrowser", "commands",
        "builtins.eval", "builtins.exec", "builtins.compile", "builtins.open", "builtins.__import__",
        "__builtin__.eval", "__builtin__.exec", "__builtin__.execfile", "__builtin__.compile", "__builtin__.open", "__builtin__.__import__",
    ];

    /// <exception cref="NotSupportedException">The name is one that runs code where Python loads the file.</exception>
    public static PickleGlobal Named(string module, string name)
        => RunCode.Contains(module.Split('.')[0]) || RunCode.Contains($"{module}.{name}")
            ? throw new NotSupportedException($"its pickle refers to {ShownText.Of($"{module}.{name}")}, "
                + "which could run code where Python loads it. Use no file from a source that you do not trust")
            : new PickleGlobal(module, name);

    /// <summary>What a persistent id stands for: <c>("storage", type, key, location, count)</c>; anything else stays closed.</summary>
    public static object Storage(object? id)
        => id is PickleTuple { Items: ["storage", PickleGlobal { Module: Torch } type, string key, _, long count] }
            && type.Name.EndsWith("Storage", StringComparison.Ordinal)
            ? new PickleStorage(type.Name[..^"Storage".Length], key, count)
            : new PickleOpaque("data outside of the pickle");

    /// <summary>The value of a call; an object that stays closed where the call is not one of the few known.</summary>
    public static object Call(PickleGlobal callee, object?[] arguments)
    {
        // A tensor with attributes of its own: (function, class, arguments, attributes).
        while (callee is { Module: "torch._tensor", Name: "_rebuild_from_type" or "_rebuild_from_type_v2" }
            && arguments is [PickleGlobal inner, _, PickleTuple tuple, ..])
        {
            (callee, arguments) = (inner, tuple.Items);
        }

        object? known = (callee.Module, callee.Name) switch
        {
            ("collections", "OrderedDict") => Dictionary(arguments),
            ("collections", "defaultdict") => new PickleDictionary(),
            (Utilities, "_rebuild_tensor" or "_rebuild_tensor_v2") => Tensor(arguments),
            (Utilities, "_rebuild_parameter" or "_rebuild_parameter_with_state") => arguments is [PickleTensor tensor, ..] ? tensor : null,
            _ => null,
        };
        return known ?? new PickleOpaque(callee);
    }

    private static PickleDictionary? Dictionary(object?[] arguments)
    {
        var dictionary = new PickleDictionary();
        foreach (var item in arguments is [List<object?> items] ? items : [])
        {
            var pair = item as IReadOnlyList<object?> ?? (item as PickleTuple)?.Items;
            if (pair is not [var key, var value])
            {
                return null;
            }

            dictionary.Items.Add(KeyValuePair.Create(key, value));
        }

        return dictionary;
    }

    private static PickleTensor? Tensor(object?[] arguments)
        => arguments is [PickleStorage storage, long offset, PickleTuple shape, PickleTuple strides, ..]
            && shape.Items.Length == strides.Items.Length
            && shape.Items.Concat(strides.Items).All(item => item is long)
            ? new PickleTensor(storage, offset, [.. shape.Items.Cast<long>()], [.. strides.Items.Cast<long>()])
            : null;
}
