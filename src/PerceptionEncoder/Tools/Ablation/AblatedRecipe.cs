namespace PerceptionEncoder.Tools.Ablation;

/// <summary>What <c>pe ablate</c> can train.</summary>
public enum AblatedRecipe
{
    /// <summary><c>pe pretrain</c>.</summary>
    Pretrain,

    /// <summary><c>pe align lang</c>.</summary>
    AlignLang,

    /// <summary><c>pe finetune-video</c>.</summary>
    FinetuneVideo,
}
