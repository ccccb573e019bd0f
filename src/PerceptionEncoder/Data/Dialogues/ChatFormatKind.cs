namespace PerceptionEncoder.Data.Dialogues;

/// <summary>How a dialogue becomes tokens.</summary>
public enum ChatFormatKind
{
    /// <summary>Pictures, then the answer: the question is left out [PLM's <c>warmup</c>].</summary>
    Warmup,

    /// <summary>System sentence, questions and answers with headers, as Llama 3 [PLM's <c>plm_sft</c>].</summary>
    Sft,
}
