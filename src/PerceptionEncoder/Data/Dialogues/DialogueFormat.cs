using PerceptionEncoder.Data.Shards;

namespace PerceptionEncoder.Data.Dialogues;

/// <summary>Turns a dialogue into tokens.</summary>
/// <param name="turns">Humans and assistant in turn.</param>
/// <param name="media">Whether pictures stand before the first question or where their tags are.</param>
/// <param name="visualTokens">Of each picture, tiles and frames together.</param>
/// <param name="context">The tokens are fewer than this.</param>
/// <exception cref="BadSampleException">The first question, pictures included, does not fit.</exception>
public delegate DialogueTokens DialogueFormat(
    IReadOnlyList<DialogueTurn> turns,
    DialogueMedia media,
    IReadOnlyList<int> visualTokens,
    int context);
