using PerceptionEncoder.Tensors;
using static TorchSharp.torch;

namespace PerceptionEncoder.Inference;

/// <summary>Which language model is asked, and how it sees.</summary>
public record SeeingModelOptions
{
    private const int MostTiles = 1024;

    /// <summary>The model's weights.</summary>
    public required string Checkpoint { get; init; }

    /// <summary>Its tokenizer; null for the one beside the weights.</summary>
    public string? Tokenizer { get; init; }

    /// <summary>Side of the square pictures in pixels; null for the model's own.</summary>
    public int? ImageSize { get; init; }

    /// <summary>Tiles of a picture at most, after a thumbnail; 1 squeezes it into one square. PLM's numbers are with 36.</summary>
    public int Tiles { get; init; } = 1;

    /// <summary>Frames of a clip at most. PLM's numbers are with 32.</summary>
    public int Frames { get; init; } = 16;

    /// <summary>Stands before a dialogue; null for the published sentence, empty for none.</summary>
    public string? System { get; init; }

    /// <summary>Of the weights: bf16 takes half the memory and is faster where memory is the limit.</summary>
    public Precision Precision { get; init; } = Precision.Auto;

    /// <summary>Where the model is.</summary>
    public ComputeOptions Compute { get; init; } = new();

    /// <summary>Opens the model.</summary>
    /// <exception cref="UserErrorException">Model or tokenizer are not usable, or a number is out of range.</exception>
    internal LoadedLanguageModel Load(Device device)
        => Frames < 1 || Tiles is < 1 or > MostTiles
            ? throw new UserErrorException($"frames {Frames} and tiles {Tiles}: must be at least 1, and no more tiles than {MostTiles}.")
            : LoadedLanguageModel.Open(Checkpoint, device, Precision.TypeOn(device), ImageSize, Tokenizer);
}
