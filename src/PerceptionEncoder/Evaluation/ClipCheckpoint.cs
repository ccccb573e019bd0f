using System.Security.Cryptography;
using System.Text.Json;
using PerceptionEncoder.Models;
using PerceptionEncoder.Serialization;
using PerceptionEncoder.Tokenization;
using PerceptionEncoder.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace PerceptionEncoder.Evaluation;

/// <summary>A contrastive model read from a run folder, a checkpoint folder or a weights file, with the tokenizer it was trained with.</summary>
public sealed class ClipCheckpoint : IDisposable
{
    private ClipCheckpoint(string path, ClipModel model, ClipTokenizer tokenizer)
    {
        Path = path;
        Model = model;
        Tokenizer = tokenizer;
    }

    /// <summary>The weights file.</summary>
    public string Path { get; }

    /// <summary>The model, in eval mode.</summary>
    public ClipModel Model { get; }

    /// <summary>The tokenizer stored beside the weights.</summary>
    public ClipTokenizer Tokenizer { get; }

    /// <summary>Opens a checkpoint.</summary>
    /// <param name="path">A run folder (its latest checkpoint), a checkpoint folder, or a .safetensors file of either.</param>
    /// <param name="device">Where the model goes.</param>
    /// <exception cref="UserErrorException">Nothing usable is there; says what is missing.</exception>
    public static ClipCheckpoint Open(string path, Device device)
    {
        var file = FindWeights(path);
        using var weights = SafetensorsFile.Open(file);
        var model = new ClipModel(ReadArchitecture(weights));
        Load(weights, model);
        model.to(device);
        model.eval();
        return new ClipCheckpoint(file, model, ClipTokenizer.Load(System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(file))!));
    }

    /// <summary>Fills a model from a file that has exactly its tensors.</summary>
    /// <exception cref="UserErrorException">Lists missing, unexpected and mis-shaped tensors.</exception>
    public static void Load(SafetensorsFile weights, ClipModel model)
    {
        var state = model.state_dict();
        var faults = state.Keys.Where(name => !weights.Entries.ContainsKey(name)).Select(name => $"missing {name}")
            .Concat(weights.Entries.Keys.Where(name => !state.ContainsKey(name)).Select(name => $"unexpected {name}"))
            .Concat(state.Where(entry => weights.Entries.TryGetValue(entry.Key, out var found) && !found.Shape.SequenceEqual(entry.Value.shape))
                .Select(entry => $"{entry.Key} is [{string.Join(", ", weights.Entries[entry.Key].Shape)}], the model wants [{string.Join(", ", entry.Value.shape)}]"))
            .ToArray();
        if (faults.Length > 0)
        {
            var shown = string.Join("; ", faults.Take(5));
            throw new UserErrorException($"{weights.Path}: its tensors are not those of this model ({faults.Length} differences: {shown}{(faults.Length > 5 ? "; ..." : "")}). Load a checkpoint of the same architecture.");
        }

        foreach (var (name, tensor) in state)
        {
            weights.ReadInto(name, tensor);
        }
    }

    /// <summary>SHA-256 of the weights file, in lower-case hex: what a result was measured with.</summary>
    public string Hash()
    {
        using var stream = File.OpenRead(Path);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }

    /// <inheritdoc/>
    public void Dispose() => Model.Dispose();

    private static string FindWeights(string path)
    {
        if (File.Exists(path))
        {
            return path;
        }

        if (!Directory.Exists(path))
        {
            throw new UserErrorException($"{path}: no such file or folder. Name a run folder, a checkpoint folder or a .safetensors file.");
        }

        var checkpoints = System.IO.Path.Combine(path, "checkpoints");
        var folder = Directory.Exists(checkpoints)
            ? new CheckpointStore(checkpoints, new CheckpointOptions()).Latest()?.Path ?? throw new UserErrorException($"{path}: the run has no complete checkpoint yet. Wait for the first one, or name another run.")
            : path;
        var file = new CheckpointFolder(folder, 0).Model;
        return File.Exists(file) ? file : throw new UserErrorException($"{folder}: no model.safetensors in it. Name a run folder, a checkpoint folder or a .safetensors file.");
    }

    private static ClipOptions ReadArchitecture(SafetensorsFile weights)
    {
        try
        {
            return weights.Metadata.TryGetValue(ClipArchitecture.MetadataKey, out var json)
                ? ClipArchitecture.Read(json)
                : throw new UserErrorException($"{weights.Path}: its metadata names no architecture. Use a checkpoint written by pe pretrain.");
        }
        catch (JsonException failure)
        {
            throw new UserErrorException($"{weights.Path}: its architecture metadata cannot be read ({failure.Message}). Use a checkpoint written by this version of pe.", failure);
        }
    }
}
