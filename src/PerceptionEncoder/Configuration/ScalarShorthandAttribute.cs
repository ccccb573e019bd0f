namespace PerceptionEncoder.Configuration;

/// <summary>
/// A bare scalar where this record is expected sets the named property: <c>model: PE-Core-B16-224</c> means
/// <c>model: {preset: PE-Core-B16-224}</c>. A base file or an override may still add keys beside it.
/// </summary>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class ScalarShorthandAttribute(string property) : Attribute
{
    /// <summary>Name of the property, by <c>nameof</c>.</summary>
    public string Property { get; } = property;
}
