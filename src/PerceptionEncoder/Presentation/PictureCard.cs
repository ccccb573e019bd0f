namespace PerceptionEncoder.Presentation;

/// <summary>A picture of a page with what is said of it.</summary>
/// <param name="Caption">What it is.</param>
/// <param name="Note">Such as its score.</param>
/// <param name="Jpeg">The picture; null where it cannot be found.</param>
internal sealed record PictureCard(string Caption, string Note, byte[]? Jpeg);
