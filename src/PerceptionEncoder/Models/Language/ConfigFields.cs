using System.Text.Json;

namespace PerceptionEncoder.Models.Language;

/// <summary>The fields of a model's config file, each read with an error that names file and key.</summary>
/// <param name="Path">The file, for messages.</param>
/// <param name="Root">An object of it.</param>
internal sealed record ConfigFields(string Path, JsonElement Root)
{
    /// <summary>Reads a file.</summary>
    /// <exception cref="UserErrorException">It cannot be read or is no JSON object.</exception>
    public static ConfigFields Read(string path)
    {
        try
        {
            return Parse(path, UserText.Read(path));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"{path}: cannot be read ({failure.Message}). Check the file.", failure);
        }
    }

    /// <param name="path">Where the text is from, for messages.</param>
    /// <param name="json">An object.</param>
    /// <exception cref="UserErrorException">It is no JSON object.</exception>
    public static ConfigFields Parse(string path, string json)
    {
        try
        {
            var root = UserJson.Parse(json).RootElement;
            return root.ValueKind == JsonValueKind.Object ? new ConfigFields(path, root)
                : throw new UserErrorException($"{path}: is {UserJson.Describe(root)}, not the config of a model. Copy it again.");
        }
        catch (JsonException failure)
        {
            throw new UserErrorException($"{path}: is no JSON ({failure.Message}). Copy or download it again.", failure);
        }
    }

    /// <summary>Whether a key is there and not null.</summary>
    public bool Has(string key) => Root.TryGetProperty(key, out var value) && value.ValueKind != JsonValueKind.Null;

    /// <summary>An object within; null where it is absent.</summary>
    public ConfigFields? Inner(string key)
        => !Has(key) ? null
            : Root.GetProperty(key) is { ValueKind: JsonValueKind.Object } inner ? new ConfigFields(Path, inner)
            : throw Wrong(key, "an object");

    public string? Text(string key)
        => !Has(key) ? null
            : Root.GetProperty(key) is { ValueKind: JsonValueKind.String } value ? value.GetString()
            : throw Wrong(key, "a text");

    public int Whole(string key) => FindWhole(key) ?? throw Missing(key);

    public int? FindWhole(string key)
        => !Has(key) ? null
            : Root.GetProperty(key) is { ValueKind: JsonValueKind.Number } value && value.TryGetInt32(out var number) ? number
            : throw Wrong(key, "a whole number");

    public double? FindNumber(string key)
        => !Has(key) ? null
            : Root.GetProperty(key) is { ValueKind: JsonValueKind.Number } value && value.TryGetDouble(out var number) ? number
            : throw Wrong(key, "a number");

    public bool? FindFlag(string key)
        => !Has(key) ? null
            : Root.GetProperty(key) is { ValueKind: JsonValueKind.True or JsonValueKind.False } value ? value.GetBoolean()
            : throw Wrong(key, "true or false");

    private UserErrorException Missing(string key) => new($"{Path}: has no {key}. Copy or download the config of the model again.");

    private UserErrorException Wrong(string key, string wanted)
        => new($"{Path}: {key} is {UserJson.Describe(Root.GetProperty(key))} and must be {wanted}. Copy or download it again.");
}
