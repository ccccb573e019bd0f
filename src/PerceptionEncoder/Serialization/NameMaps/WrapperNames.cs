namespace PerceptionEncoder.Serialization.NameMaps;

/// <summary>Names that wrappers and surrounding models put before a tower's own, in any order and number.</summary>
internal static class WrapperNames
{
    /// <summary>Of wrappers around any module, outer or inner: data parallelism, torch.compile, FSDP, activation checkpointing.</summary>
    private static readonly string[] Anywhere =
        ["module", "_orig_mod", "_forward_module", "_fsdp_wrapped_module", "_checkpoint_wrapped_module"];

    /// <summary>Of models that hold a tower, before its names only.</summary>
    private static readonly string[] Before =
    [
        "model", "vision_tower", "timm_model", "vision_model", "trunk", "backbone", "encoder", "net",
    ];

    /// <summary>The counter of torch's AveragedModel, beside the tensors it averages.</summary>
    private const string AverageCounter = "n_averaged";

    /// <summary>The name without the parts that wrappers around modules leave in it.</summary>
    public static string WithoutInner(string name)
    {
        if (!Array.Exists(Anywhere, part => name.Contains(part, StringComparison.Ordinal)))
        {
            return name;
        }

        var parts = name.Split('.');
        return string.Join('.', parts.Where((part, i) => i == parts.Length - 1 || !Anywhere.Contains(part)));
    }

    /// <summary>Whether a text, empty or with a dot at its end, is made of names of surrounding models.</summary>
    public static bool IsPrefix(string text) => text.Length == 0 || (text.EndsWith('.') && text[..^1].Split('.').All(Before.Contains));

    /// <summary>Whether a tensor is none of a model's.</summary>
    public static bool IsBookkeeping(string name) => name == AverageCounter;
}
