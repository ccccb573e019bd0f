namespace PerceptionEncoder.Tools.VideoEngine.Output;

/// <summary>What the JSON beside each clip holds.</summary>
public enum ShardLayout
{
    /// <summary>The caption, all that it was made of, and by which models and prompts.</summary>
    Engine,

    /// <summary>
    /// As the PE Video Dataset has it: <c>model_caption</c> (the final one), <c>title</c>, <c>description</c>, <c>category</c>, and
    /// <c>human_caption</c> where the source has one.
    /// </summary>
    Pvd,
}
