namespace PerceptionEncoder.Distributed;

/// <summary>What gradients travel as when they are summed over ranks.</summary>
public enum ReduceDtype
{
    /// <summary>As they are.</summary>
    Fp32,

    /// <summary>Rounded to bfloat16: half the bytes, and sums of 8 bits.</summary>
    Bf16,
}
