namespace PerceptionEncoder.Presentation;

/// <summary>One line of a chart.</summary>
/// <param name="Name">For the legend.</param>
/// <param name="Points">By rising X.</param>
/// <param name="Marked">Draws a dot on each point, with its value when pointed at: for few points.</param>
internal sealed record ChartSeries(string Name, IReadOnlyList<(double X, double Y)> Points, bool Marked = false);
