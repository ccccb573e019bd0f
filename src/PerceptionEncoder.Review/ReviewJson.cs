using System.Text.Json;
using System.Text.Json.Serialization;

namespace PerceptionEncoder.Review;

/// <summary>How the page and the server write to each other.</summary>
internal static class ReviewJson
{
    public static void Configure(JsonSerializerOptions json)
    {
        json.PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower;
        json.RespectNullableAnnotations = true;
        json.RespectRequiredConstructorParameters = true;
        json.Converters.Add(new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false));
    }
}
