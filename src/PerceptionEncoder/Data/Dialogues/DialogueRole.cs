namespace PerceptionEncoder.Data.Dialogues;

/// <summary>Who speaks.</summary>
public enum DialogueRole
{
    /// <summary>Asks.</summary>
    Human,

    /// <summary>Answers; what the decoder learns.</summary>
    Assistant,
}
