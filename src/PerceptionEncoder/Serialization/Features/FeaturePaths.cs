using System.Text.Json;
using PerceptionEncoder.Tensors;
using static TorchSharp.torch;

namespace PerceptionEncoder.Serialization.Features;

/// <summary>The names of a feature file and of what stands beside it.</summary>
/// <param name="Format">By the extension.</param>
/// <param name="Final">The finished file.</param>
/// <param name="Folder">That holds them all.</param>
internal sealed record FeaturePaths(FeatureFormat Format, string Final, string Folder)
{
    /// <summary>Room for the head, then rows.</summary>
    public string Rows => Final + ".partial";

    /// <summary>Keys of the rows, one a line.</summary>
    public string PartialKeys => Rows + ".keys";

    /// <summary>How far both count.</summary>
    public string Journal => Rows + ".json";

    /// <summary>Keys of the finished file, for formats that cannot hold them.</summary>
    public string Keys => Final + ".keys.txt";

    /// <summary>What a <c>.npy</c> file says of itself, which it cannot hold.</summary>
    public string About => Final + ".about.json";

    /// <summary>The same as long as the file is unfinished.</summary>
    public string PartialAbout => Rows + ".about.json";

    /// <exception cref="UserErrorException">The extension is none of the three.</exception>
    public static FeaturePaths Of(string path)
    {
        FeatureFormat? format = Path.GetExtension(path).ToUpperInvariant() switch
        {
            ".NPY" => FeatureFormat.Npy,
            ".SAFETENSORS" => FeatureFormat.Safetensors,
            ".PARQUET" => FeatureFormat.Parquet,
            _ => null,
        };
        return format is { } known
            ? new FeaturePaths(known, path, Path.GetDirectoryName(Path.GetFullPath(path))!)
            : throw new UserErrorException(
                $"{path}: files of features are .safetensors, .npy or .parquet. Give it one of these extensions.");
    }

    /// <exception cref="UserErrorException">The format has no such element type.</exception>
    public void Check(ScalarType type)
    {
        var names = Format switch
        {
            FeatureFormat.Safetensors => "fp32, fp16 or bf16",
            FeatureFormat.Npy => "fp32 or fp16",
            _ => "fp32",
        };
        if (type != ScalarType.Float32
            && !(type == ScalarType.Float16 && Format != FeatureFormat.Parquet)
            && !(type == ScalarType.BFloat16 && Format == FeatureFormat.Safetensors))
        {
            var others = Format == FeatureFormat.Npy ? ".safetensors for bf16" : ".safetensors for fp16 and bf16";
            throw new UserErrorException($"{Final}: a {Path.GetExtension(Final)} file holds features of {names}, "
                + $"not {type.ToString().ToLowerInvariant()}. Choose that, or write {others}.");
        }
    }

    /// <summary>What an interrupted run left, or a new file; what a link of that name points at is not ours.</summary>
    /// <exception cref="UserErrorException">It is no regular file.</exception>
    public static FileStream OpenPartial(string path)
    {
        if (new FileInfo(path).LinkTarget is not null)
        {
            File.Delete(path);
        }

        var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
        if (file.CanSeek)
        {
            return file;
        }

        file.Dispose();
        throw new UserErrorException($"{path}: is a pipe or a device, where rows are kept until all are there. Delete it.");
    }

    /// <summary>Writes what the file says of itself, where its format cannot hold it.</summary>
    /// <exception cref="UserErrorException">The disk is full.</exception>
    public void WriteAbout(IReadOnlyDictionary<string, string> about)
    {
        if (Format == FeatureFormat.Npy && about.Count > 0)
        {
            AtomicFile.WriteAllText(PartialAbout, JsonSerializer.Serialize(about) + "\n");
        }
    }

    /// <summary>Gives the files their final names; what a kill leaves undone, the next <see cref="FeatureFile.Open"/> does.</summary>
    public void Publish()
    {
        if (Format != FeatureFormat.Parquet && File.Exists(Rows))
        {
            // Never old features beside new keys.
            File.Delete(Final);
            File.Delete(About);
            if (File.Exists(PartialAbout))
            {
                File.Move(PartialAbout, About);
            }

            if (File.Exists(PartialKeys))
            {
                File.Move(PartialKeys, Keys, overwrite: true);
            }

            File.Move(Rows, Final);
        }

        LinuxFolders.Flush(Folder);
        DeletePartial();
    }

    /// <summary>Removes the unfinished files; the journal first, because without it the others mean nothing.</summary>
    public void DeletePartial()
    {
        File.Delete(Journal);
        File.Delete(Rows);
        File.Delete(PartialKeys);
        File.Delete(PartialAbout);
    }
}
