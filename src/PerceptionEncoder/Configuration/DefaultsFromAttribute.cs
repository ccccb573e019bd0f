namespace PerceptionEncoder.Configuration;

/// <summary>
/// One property of the record names its defaults: with <c>[DefaultsFrom(nameof(Preset), nameof(OfPreset))]</c> and a public
/// <c>static ModelConfig OfPreset(string preset)</c>, the record <c>{preset: X, vision: {layers: 6}}</c> starts from
/// <c>OfPreset("X")</c>, and only the written keys, at any depth, differ from it.
/// </summary>
/// <remarks>
/// The method throws <see cref="UserErrorException"/> for a value it does not know; the loader reports it at that value.
/// A property whose own default is not null names the defaults when the config leaves it out.
/// </remarks>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class DefaultsFromAttribute(string property, string method) : Attribute
{
    /// <summary>Name of the property, by <c>nameof</c>.</summary>
    public string Property { get; } = property;

    /// <summary>Name of the public static method from the property's value to an instance of the record.</summary>
    public string Method { get; } = method;
}
