using System.IO.Compression;
using PerceptionEncoder.Models.Clip;
using PerceptionEncoder.Models.Common;
using PerceptionEncoder.Serialization.Weights;
using PerceptionEncoder.Tests.Tokenization;
using PerceptionEncoder.Tokenization;

namespace PerceptionEncoder.Tests.Inference;

/// <summary>A contrastive model with random weights on disk, its vocabulary beside it in both published forms.</summary>
internal static class SmallCheckpoint
{
    /// <summary>Writes the weights; the vocabulary goes into the same folder.</summary>
    /// <param name="path">Of the weights file.</param>
    /// <param name="width">Of both towers.</param>
    /// <param name="layers">Of both towers.</param>
    /// <param name="side">Of the input, in pixels; a multiple of 8.</param>
    /// <param name="dimension">Of the features.</param>
    public static void Write(string path, int width = 16, int layers = 1, int side = 16, int dimension = 8)
    {
        var vocabulary = BpeTrainer.Train(SampleCaptions.All, 600);
        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        vocabulary.Save(folder);
        using (var packed = new GZipStream(File.Create(Path.Combine(folder, "bpe_simple_vocab_16e6.txt.gz")), CompressionLevel.Fastest))
        {
            packed.Write(File.ReadAllBytes(Path.Combine(folder, "merges.txt")));
        }

        using var model = new ClipModel(new ClipOptions
        {
            Vision = new VisionOptions
            {
                Width = width,
                Layers = layers,
                Heads = 2,
                PoolingHeads = 2,
                PatchSize = 8,
                ImageSize = side,
                OutputDim = dimension,
            },
            Text = new TextOptions
            {
                Width = width,
                Layers = layers,
                Heads = 2,
                ContextLength = 10,
                VocabularySize = vocabulary.VocabularySize,
                OutputDim = dimension,
            },
        });
        SafetensorsWriter.Write(
            path,
            [.. model.state_dict().Select(entry => (entry.Key, entry.Value))],
            new Dictionary<string, string> { [ModelArchitecture.MetadataKey] = new ClipArchitecture(model.Options).Write() });
    }
}
