namespace PerceptionEncoder.Training.Reports;

/// <summary>A picture to show in a report; it is copied into the page.</summary>
/// <param name="Title">Caption.</param>
/// <param name="Path">PNG file.</param>
public sealed record ReportPicture(string Title, string Path);
