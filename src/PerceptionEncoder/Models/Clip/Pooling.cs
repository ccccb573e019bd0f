namespace PerceptionEncoder.Models.Clip;

/// <summary>How the vision tower turns tokens into one feature [App. B.1.1].</summary>
public enum Pooling
{
    /// <summary>A learned probe attends over all tokens, the class token included.</summary>
    Attention,

    /// <summary>The class token.</summary>
    Token,

    /// <summary>Mean over all tokens, the class token included, as published.</summary>
    Average,

    /// <summary>No pooling: the tokens themselves (PE-Lang, PE-Spatial).</summary>
    None,
}
