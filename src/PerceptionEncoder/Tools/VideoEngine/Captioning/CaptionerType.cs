namespace PerceptionEncoder.Tools.VideoEngine.Captioning;

/// <summary>What answers.</summary>
public enum CaptionerType
{
    /// <summary>An OpenAI-compatible endpoint: vLLM, llama.cpp, Ollama, or a hosted one.</summary>
    Endpoint,

    /// <summary>A language model of ours or a published one (PLM, Llama), in this process.</summary>
    Plm,
}
