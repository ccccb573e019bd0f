namespace PerceptionEncoder.Tools.Scenes.Questions;

/// <summary>What a question is about.</summary>
public enum SceneQuestionKind
{
    /// <summary>How many objects there are.</summary>
    Count,

    /// <summary>The colour of a shape.</summary>
    Color,

    /// <summary>Where the one object is.</summary>
    Place,

    /// <summary>How one object lies to another.</summary>
    Relation,

    /// <summary>Whether a statement is true.</summary>
    YesNo,
}
