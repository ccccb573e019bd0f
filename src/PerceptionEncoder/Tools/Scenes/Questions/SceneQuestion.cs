namespace PerceptionEncoder.Tools.Scenes.Questions;

/// <summary>A question about a scene.</summary>
/// <param name="Kind">What it is about.</param>
/// <param name="Text">In words.</param>
/// <param name="Answer">The one right answer.</param>
/// <param name="Scene">What it is asked of.</param>
public sealed record SceneQuestion(SceneQuestionKind Kind, string Text, string Answer, SceneDescription Scene);
