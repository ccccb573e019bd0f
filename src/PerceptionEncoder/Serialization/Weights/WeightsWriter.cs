using static TorchSharp.torch;

namespace PerceptionEncoder.Serialization.Weights;

/// <summary>Writes weights in the format that the user asks for; the file is complete or absent.</summary>
public static class WeightsWriter
{
    /// <summary>
    /// The format that a file's extension stands for: <c>.pt</c>, <c>.pth</c> and <c>.bin</c> are PyTorch's, all others safetensors.
    /// </summary>
    public static WeightsFormat FormatOf(string path)
        => Path.GetExtension(path).ToUpperInvariant() is ".PT" or ".PTH" or ".BIN" ? WeightsFormat.Pt : WeightsFormat.Safetensors;

    /// <summary>Writes a file; what is there is replaced in one move.</summary>
    /// <param name="path">The file.</param>
    /// <param name="format">Its format.</param>
    /// <param name="tensors">In the order they are written.</param>
    /// <param name="metadata">Text by name; a PyTorch archive has no place for it.</param>
    /// <exception cref="UserErrorException">The disk is full or the place cannot be written; nothing new is there.</exception>
    public static void Write(
        string path,
        WeightsFormat format,
        IReadOnlyList<(string Name, Tensor Tensor)> tensors,
        IReadOnlyDictionary<string, string> metadata) => AtomicFile.Write(path, temporary =>
    {
        if (format == WeightsFormat.Pt)
        {
            PyTorchWriter.Write(temporary, tensors);
        }
        else
        {
            SafetensorsWriter.Write(temporary, tensors, metadata);
        }
    });
}
