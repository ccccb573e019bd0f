using System.Runtime.InteropServices;

namespace PerceptionEncoder.Tensors;

/// <summary>Tells libtorch's reports of memory that is used up, which are texts, from its other failures.</summary>
public static class OutOfMemory
{
    /// <summary>Of the allocators of GPUs, of the CPU on Linux and of the CPU elsewhere.</summary>
    private static readonly string[] Reports = ["out of memory", "can't allocate memory", "not enough memory"];

    /// <summary>What follows in CUDA's: how the rest is shared out, and advice that holds for fragmented memory alone.</summary>
    private const string Details = " Including non-PyTorch memory";

    /// <summary>
    /// What was asked for and what there is, where this is such a report or comes from one; null where it is something else.
    /// </summary>
    public static string? Report(Exception failure) => failure switch
    {
        null => null,
        AggregateException several => several.Flatten().InnerExceptions.Select(Report).FirstOrDefault(report => report is not null),
        ExternalException when Array.Exists(Reports, report => failure.Message.Contains(report, StringComparison.OrdinalIgnoreCase))
            => failure.Message.Split('\n')[0].Split(Details)[0].TrimEnd(),
        _ => Report(failure.InnerException!),
    };
}
