namespace PerceptionEncoder.Data.Dialogues;

/// <summary>What one side says.</summary>
/// <param name="Role">Who.</param>
/// <param name="Text">As written, tags such as <c>&lt;image></c> included.</param>
public sealed record DialogueTurn(DialogueRole Role, string Text);
