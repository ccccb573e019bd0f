using Microsoft.AspNetCore.Server.Kestrel.Core;
using PerceptionEncoder;
using PerceptionEncoder.Inference;
using PerceptionEncoder.Search;

namespace SearchService;

/// <summary>Embeds pictures and texts and searches a feature file by either, over HTTP.</summary>
public static class SearchApplication
{
    /// <summary>Opens model and features and maps the addresses; nothing listens yet.</summary>
    /// <param name="args">
    /// Settings that win over <c>appsettings.json</c> and the environment, such as <c>--Search:Features=photos.safetensors</c>.
    /// </param>
    /// <exception cref="UserErrorException">The model or the features cannot be opened, or do not go together.</exception>
    public static WebApplication Create(string[] args)
    {
        // The settings lie beside the program, wherever it is started.
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory });
        var model = builder.Configuration.GetSection("PerceptionEncoder").Get<PerceptionEncoderOptions>();
        if (string.IsNullOrWhiteSpace(model?.Checkpoint))
        {
            throw new UserErrorException("PerceptionEncoder:Checkpoint is not set. "
                + "Name a checkpoint in appsettings.json, or in the environment as PerceptionEncoder__Checkpoint.");
        }

        builder.Services.AddPerceptionEncoder(model);
        builder.Services.Configure<KestrelServerOptions>(builder.Configuration.GetSection("Kestrel"));
        builder.Services.ConfigureHttpJsonOptions(json =>
        {
            json.SerializerOptions.RespectNullableAnnotations = true;
            json.SerializerOptions.RespectRequiredConstructorParameters = true;
        });
        builder.Services.AddProblemDetails().AddExceptionHandler<Refusals>();
        builder.Services.AddHealthChecks().AddCheck<EncoderHealth>("encoder", timeout: TimeSpan.FromSeconds(10));
        var features = builder.Configuration["Search:Features"];
        if (!string.IsNullOrWhiteSpace(features))
        {
            builder.Services.AddSingleton(services => OpenIndex(features, services.GetRequiredService<ClipEncoder>()));
        }

        var app = builder.Build();
        app.Services.GetRequiredService<EncodingQueue>();        // what cannot be opened is known before anybody asks
        app.UseExceptionHandler();
        app.MapEmbedding();
        if (app.Services.GetService<SearchIndex>() is { } index)
        {
            app.MapSearch(index);
        }

        app.MapHealthChecks("/health");
        app.MapMeters();
        return app;
    }

    private static SearchIndex OpenIndex(string path, ClipEncoder encoder)
    {
        var index = SearchIndex.Open(path);
        if (index.Dimension == encoder.Dimension)
        {
            return index;
        }

        var dimension = index.Dimension;
        index.Dispose();
        throw new UserErrorException($"{path}: its features have {dimension} numbers, those of the model {encoder.Dimension}. "
            + "Encode them with the model that is served.");
    }
}
