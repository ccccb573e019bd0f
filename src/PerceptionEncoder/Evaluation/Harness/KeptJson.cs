using System.Text.Json;
using PerceptionEncoder.Serialization;

namespace PerceptionEncoder.Evaluation.Harness;

/// <summary>A figure or result that is kept in a file, so that an interrupted evaluation goes on.</summary>
internal static class KeptJson
{
    /// <summary>What was kept; null where nothing was, or where the file is damaged: it is measured again then.</summary>
    public static T? Read<T>(string path)
        where T : class
    {
        try
        {
            return File.Exists(path) ? JsonSerializer.Deserialize<T>(UserText.Read(path)) : null;
        }
        catch (Exception damage) when (damage is JsonException or UserErrorException)
        {
            return null;
        }
    }

    /// <summary>Keeps it; a kill leaves the whole file or none.</summary>
    /// <exception cref="UserErrorException">The disk is full or the place cannot be written.</exception>
    public static void Write<T>(string path, T kept) => AtomicFile.WriteAllText(path, JsonSerializer.Serialize(kept));
}
