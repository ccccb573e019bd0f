namespace PerceptionEncoder.Data.Dialogues;

/// <summary>What a dialogue is about.</summary>
public enum DialogueMedia
{
    /// <summary>Nothing to see.</summary>
    Text,

    /// <summary>One picture, which stands before the first question wherever its tag is.</summary>
    Image,

    /// <summary>Several pictures, each where its tag is.</summary>
    Images,

    /// <summary>Frames of a clip, which stand before the first question.</summary>
    Video,
}
