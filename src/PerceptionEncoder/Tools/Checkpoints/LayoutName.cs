namespace PerceptionEncoder.Tools.Checkpoints;

/// <summary>Whose names and arrangement a converted checkpoint has.</summary>
public enum LayoutName
{
    /// <summary>Meta's perception_models, which is ours.</summary>
    Meta,

    /// <summary>timm's vit_pe_* models: the vision tower.</summary>
    Timm,

    /// <summary>Hugging Face's PerceptionLM: the vision tower.</summary>
    Hf,

    /// <summary>open_clip's PE-Core-*: both towers.</summary>
    OpenClip,
}
