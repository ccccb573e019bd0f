using System.ClientModel;
using System.Text.Json;

namespace PerceptionEncoder.Tools.VideoEngine.Captioning;

/// <summary>What an endpoint says of a call that it refuses.</summary>
internal static class EndpointError
{
    /// <summary>Its words, and whether they are the endpoint's own, as the protocol has them, and no page of something before it.</summary>
    public static (string Text, bool IsTold) Of(ClientResultException failure)
    {
        var body = Body(failure);
        try
        {
            using var json = JsonDocument.Parse(body);
            return Message(json.RootElement) is { Length: > 0 } message ? (message, true) : (body, false);
        }
        catch (JsonException)
        {
            return (body.Length > 0 ? body : failure.Message, false);
        }
    }

    private static string Body(ClientResultException failure)
    {
        try
        {
            return failure.GetRawResponse()?.Content.ToString() ?? "";
        }
        catch (InvalidOperationException)
        {
            return ""; // it was not read
        }
    }

    /// <summary><c>error.message</c>, or the forms that some servers have.</summary>
    private static string? Message(JsonElement json)
    {
        if (json.ValueKind == JsonValueKind.Object)
        {
            foreach (var name in new[] { "error", "message", "detail" })
            {
                if (json.TryGetProperty(name, out var inside) && Message(inside) is { Length: > 0 } found)
                {
                    return found;
                }
            }
        }

        return json.ValueKind == JsonValueKind.String ? json.GetString() : null;
    }
}
