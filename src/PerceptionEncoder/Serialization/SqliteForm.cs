namespace PerceptionEncoder.Serialization;

/// <summary>One kind of SQLite file of this program.</summary>
/// <param name="Name">What it is, as messages have it: <c>state of reviews</c>.</param>
/// <param name="Mark">In the file's header (<c>application_id</c>): it is this and nothing else.</param>
/// <param name="Version">Of the tables.</param>
/// <param name="Tables">Statements that make them in a new file.</param>
/// <param name="Otherwise">What to do where a file is something else: a sentence.</param>
internal sealed record SqliteForm(string Name, int Mark, int Version, string Tables, string Otherwise)
{
    /// <summary>Statements at each opening to write.</summary>
    public string Opening { get; init; } = "";
}
