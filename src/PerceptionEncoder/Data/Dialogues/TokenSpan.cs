namespace PerceptionEncoder.Data.Dialogues;

/// <summary>Tokens from <paramref name="Start"/> up to, and without, <paramref name="End"/>.</summary>
public readonly record struct TokenSpan(int Start, int End);
