namespace PerceptionEncoder.Tools.VideoEngine.Selection;

/// <summary>What was answered about a clip.</summary>
/// <param name="Question">The question.</param>
/// <param name="IsYes">Null where that is not known: no clear answer, or not asked.</param>
internal sealed record ClipAnswer(ClipQuestion Question, bool? IsYes)
{
    /// <summary>Name of the number in <c>scores</c>.</summary>
    public string Score => $"question_{Question.Name}";

    /// <summary>1 for yes, 0 for no, half where it is not known.</summary>
    public double Number => IsYes switch { true => 1, false => 0, null => 0.5 };

    /// <summary>Whether it is known, and the one that drops the clip.</summary>
    public bool Drops => Question.Keep is { } keep && IsYes is { } answer && answer != (keep == KeptAnswer.Yes);
}
