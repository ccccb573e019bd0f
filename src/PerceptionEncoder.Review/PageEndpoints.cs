using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace PerceptionEncoder.Review;

/// <summary>The page, its style and its script, which are in this assembly.</summary>
internal static class PageEndpoints
{
    private static readonly (string Address, string Resource, string Type)[] Files =
    [
        ("/", "index.html", "text/html; charset=utf-8"),
        ("/review.css", "review.css", "text/css; charset=utf-8"),
        ("/review.js", "review.js", "text/javascript; charset=utf-8"),
        ("/icon.svg", "icon.svg", "image/svg+xml"),
    ];

    public static void Map(WebApplication app)
    {
        foreach (var (address, resource, type) in Files)
        {
            app.MapGet(address, () => Results.Stream(typeof(PageEndpoints).Assembly.GetManifestResourceStream(resource)!, type));
        }
    }
}
