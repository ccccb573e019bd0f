namespace PerceptionEncoder.Tools.Packing;

/// <summary>Form of the table that unpacking writes.</summary>
public enum TableFormat
{
    /// <summary>Commas between fields, quotes where needed.</summary>
    Csv,

    /// <summary>One JSON object a line.</summary>
    Jsonl,

    /// <summary>Columns of texts.</summary>
    Parquet,
}
