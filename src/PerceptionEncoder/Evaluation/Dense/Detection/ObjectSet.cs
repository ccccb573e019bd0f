namespace PerceptionEncoder.Evaluation.Dense.Detection;

/// <summary>Annotated pictures.</summary>
/// <param name="Images">Ids of all pictures with their heights and widths, where the file has these; also those without objects.</param>
/// <param name="Categories">In the order of their ids.</param>
/// <param name="Objects">In the order of the file.</param>
internal sealed record ObjectSet(
    IReadOnlyDictionary<long, (int Height, int Width)?> Images, IReadOnlyList<ObjectCategory> Categories,
    IReadOnlyList<TrueObject> Objects);
