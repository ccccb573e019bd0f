using System.Globalization;
using System.Text;
using System.Text.Json;
using static TorchSharp.torch;

namespace PerceptionEncoder.Serialization.Features;

/// <summary>
/// A finished feature file (<c>.npy</c>, <c>.safetensors</c> or <c>.parquet</c>) opened for reading: its head at once, rows when they are
/// asked for. Files of others are read too: an array or a lone tensor of [rows, numbers]; without keys, rows are named by their numbers.
/// For one thread at a time.
/// </summary>
public sealed class FeatureReader : IDisposable
{
    private readonly FeaturePaths paths;
    private readonly StoredRows rows;

    private FeatureReader(FeaturePaths paths, StoredRows rows) => (this.paths, this.rows) = (paths, rows);

    /// <summary>The file, as given.</summary>
    public string Path => paths.Final;

    /// <summary>How many rows there are.</summary>
    public long Rows => rows.Count;

    /// <summary>Sizes of one row: [C] for one vector an input, [N, D] for tokens.</summary>
    public IReadOnlyList<long> RowShape => rows.RowShape;

    /// <summary>Of the numbers on disk: float32, float16 or bfloat16.</summary>
    public ScalarType Type => rows.Type;

    /// <summary>
    /// What the file says of itself, such as <see cref="FeatureMetadata.Model"/>; empty where it says nothing.
    /// </summary>
    public IReadOnlyDictionary<string, string> Metadata => rows.Metadata;

    /// <summary>Whether a path is a feature file by its ending, and of Parquet, which tables of others are too, by its columns.</summary>
    public static bool IsFeatureFile(string path) => File.Exists(path) && System.IO.Path.GetExtension(path).ToUpperInvariant() switch
    {
        ".NPY" or ".SAFETENSORS" => true,
        ".PARQUET" => ParquetRows.IsAt(path),
        _ => false,
    };

    /// <summary>Opens a file and checks its head.</summary>
    /// <exception cref="UserErrorException">It is missing, cut short, or no table of features.</exception>
    public static FeatureReader Open(string path)
    {
        var paths = FeaturePaths.Of(path);
        if (!File.Exists(path))
        {
            var begun = File.Exists(paths.Journal) ? $" {paths.Rows} is unfinished: the command that began it goes on." : "";
            throw new UserErrorException($"{path}: no such file.{(begun.Length > 0 ? begun : " Name a file of features.")}");
        }

        FileStream? stream = null;
        try
        {
            stream = RegularFile.OpenRead(path);
            if (paths.Format == FeatureFormat.Parquet)
            {
                stream.Dispose();
                return new FeatureReader(paths, ParquetRows.Open(path));
            }

            return new FeatureReader(
                paths,
                paths.Format == FeatureFormat.Npy
                    ? PlainRows.Npy(path, stream, ReadAbout(paths.About))
                    : PlainRows.Safetensors(path, stream));
        }
        catch (Exception failure)
        {
            stream?.Dispose();
            throw failure is IOException or UnauthorizedAccessException
                ? new UserErrorException($"{path}: cannot be read ({failure.Message}). Check the disk and the file's permissions.", failure)
                : failure;
        }
    }

    /// <summary>The names of the rows, in their order.</summary>
    /// <exception cref="UserErrorException">Their file cannot be read, or has another number of lines.</exception>
    public IEnumerable<string> Keys()
    {
        var named = 0L;
        foreach (var name in rows.Keys() ?? (File.Exists(paths.Keys) ? Lines(paths.Keys) : Numbers()))
        {
            named++;
            yield return name;
        }

        if (named != Rows)
        {
            throw new UserErrorException($"{paths.Keys}: names {named} rows, and {Path} has {Rows}. Encode both again.");
        }
    }

    /// <summary>Some rows.</summary>
    /// <param name="start">The first, from 0.</param>
    /// <param name="count">How many.</param>
    /// <returns>[count, row shape...] of <see cref="Type"/> on the CPU, the caller's to dispose.</returns>
    /// <exception cref="UserErrorException">The disk refuses, or the file has become shorter.</exception>
    public Tensor Read(long start, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(start + count, Rows);
        return rows.Read(start, count);
    }

    /// <summary>All rows in order, some at a time.</summary>
    /// <param name="count">Rows at once.</param>
    /// <returns>[at most count, row shape...], each the caller's to dispose.</returns>
    /// <exception cref="UserErrorException">As <see cref="Read"/>.</exception>
    public IEnumerable<Tensor> Blocks(int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        for (long start = 0; start < Rows; start += count)
        {
            yield return rows.Read(start, (int)Math.Min(count, Rows - start));
        }
    }

    /// <inheritdoc/>
    public void Dispose() => rows.Dispose();

    /// <summary>
    /// All rows, [rows, row shape...], over the file's own pages, which come into memory as they are touched and go when memory is short;
    /// null of Parquet. Lives on when the reader is disposed.
    /// </summary>
    internal Tensor? Map() => rows.Map();

    private static Dictionary<string, string> ReadAbout(string path)
    {
        try
        {
            return File.Exists(path)
                ? JsonSerializer.Deserialize<Dictionary<string, string>>(UserText.Read(path)) ?? []
                : [];
        }
        catch (JsonException failure)
        {
            throw new UserErrorException(
                $"{path}: is no JSON of names and texts ({failure.Message.ReplaceLineEndings(" ")}). Delete it, or encode again.",
                failure);
        }
    }

    private static IEnumerable<string> Lines(string path)
    {
        StreamReader lines;
        try
        {
            lines = new StreamReader(RegularFile.OpenRead(path), Encoding.UTF8, detectEncodingFromByteOrderMarks: false, 1 << 16);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"{path}: cannot be read ({failure.Message}). Check the file's permissions.", failure);
        }

        using (lines)
        {
            while (lines.ReadLine() is { } line)
            {
                yield return line;
            }
        }
    }

    private IEnumerable<string> Numbers()
    {
        for (long row = 0; row < Rows; row++)
        {
            yield return row.ToString(CultureInfo.InvariantCulture);
        }
    }
}
