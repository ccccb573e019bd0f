namespace PerceptionEncoder.Tensors;

/// <summary>Who hands out the memory of tensors on the CPU.</summary>
public enum NativeAllocator
{
    /// <summary>The system's allocator as it is: large blocks go back to the system when they are freed.</summary>
    System,

    /// <summary>glibc's, told to keep what it has.</summary>
    KeepingGlibc,

    /// <summary>jemalloc, told to keep what it has and to use huge pages.</summary>
    Jemalloc,
}
