namespace PerceptionEncoder.Media.Images;

/// <summary>Instructions that a resize runs on. All give the same bytes.</summary>
internal enum VectorPath
{
    /// <summary>What .NET's 128-bit vectors become on any processor.</summary>
    Portable,

    /// <summary>256-bit integer vectors of x86.</summary>
    Avx2,

    /// <summary>512-bit integer vectors of x86.</summary>
    Avx512,
}
