namespace PerceptionEncoder.Tools.VideoEngine.Selection;

/// <summary>How well a trained scorer tells good clips from bad ones that it was not trained on.</summary>
/// <param name="Examples">Labelled clips.</param>
/// <param name="Auc">Area under the ROC curve by cross-validation: 1 is perfect, 0.5 is chance.</param>
/// <param name="Deviation">Of the areas of its parts.</param>
public sealed record ScorerSummary(int Examples, double Auc, double Deviation);
