namespace PerceptionEncoder.Configuration;

/// <summary>
/// Places a key behind an inherited one, where a reader looks for it; without it, what a record inherits comes before its own.
/// </summary>
/// <param name="property">Name of the property before it.</param>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class KeyAfterAttribute(string property) : Attribute
{
    /// <summary>Name of the property before it.</summary>
    public string Property => property;
}
