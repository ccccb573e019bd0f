using System.ComponentModel.DataAnnotations;

namespace PerceptionEncoder.Evaluation.Dense.Tracking;

/// <summary>How labels go from frame to frame.</summary>
internal sealed record PropagationOptions
{
    /// <summary>Frames before the present one that it is compared with, besides the first.</summary>
    public required int Last { get; init; }

    /// <summary>Patches of those frames, the most alike of all near ones, that give a patch its labels; more where several tie.</summary>
    public required int Nearest { get; init; }

    /// <summary>Patches are compared within this many rows and columns; 0 for all.</summary>
    public required double Radius { get; init; }

    /// <summary>What is within the radius.</summary>
    public required NeighborhoodShape Shape { get; init; }

    /// <summary>Divides the cosines before the softmax.</summary>
    public required double Temperature { get; init; }

    /// <summary>Bytes that the comparisons may take at once, besides the features of the frames themselves.</summary>
    [Range(1, long.MaxValue)]
    public long Memory { get; init; } = 256L << 20;
}
