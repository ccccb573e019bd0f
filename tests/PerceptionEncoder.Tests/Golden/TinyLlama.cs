using System.Text.Json;
using PerceptionEncoder.Inference;
using PerceptionEncoder.Models;
using PerceptionEncoder.Models.Language;
using PerceptionEncoder.Tensors;

namespace PerceptionEncoder.Tests.Golden;

/// <summary>A really trained decoder in three forms, and what llama2.c's own code made of it.</summary>
internal static class TinyLlama
{
    public static string Folder { get; } = RepositoryPaths.Beside("shared/data/tiny-llama");

    /// <summary>Hugging Face's folder, Meta's folder and llama2.c's file.</summary>
    public static string[] Forms { get; } = ["hf", "meta", "stories260K.bin"];

    public static JsonElement Recorded()
    {
        var path = Path.Combine(GoldenFolder.Path, "tiny_llama.json");
        Skip.IfNot(File.Exists(path) && Directory.Exists(Folder), $"{path} or {Folder} is absent");
        return JsonDocument.Parse(File.ReadAllText(path)).RootElement;
    }

    public static string Form(string name)
    {
        Skip.IfNot(Path.Exists(Path.Combine(Folder, name)), $"{Folder} is absent");
        TorchRuntime.Initialize();
        return Path.Combine(Folder, name);
    }

    public static LanguageModel Load(string form)
    {
        using var weights = ModelWeights.Open(Form(form));
        return weights.LoadLanguage();
    }

    public static long[] Ids(JsonElement array) => [.. array.EnumerateArray().Select(id => id.GetInt64())];
}
