namespace PerceptionEncoder.Evaluation.Sets;

/// <summary>What is measured on a data set.</summary>
public enum EvaluationType
{
    /// <summary>Zero-shot classification with the set's own prompts.</summary>
    Zeroshot,

    /// <summary>Image-to-text and text-to-image retrieval.</summary>
    Retrieval,
}
