using System.Diagnostics;
using System.Text;
using PerceptionEncoder.Serialization.Weights;
using PerceptionEncoder.Tensors;
using static TorchSharp.torch;

namespace PerceptionEncoder.Serialization.Features;

/// <summary>
/// Features on their way to a <c>.npy</c>, <c>.safetensors</c> or <c>.parquet</c> file of any length: rows go to disk as they come, and a
/// killed run goes on where its last complete row is. The final name appears when everything is there; until then rows are in
/// <c>NAME.partial</c>, their keys in <c>NAME.partial.keys</c>, and how far they count in <c>NAME.partial.json</c>. Keys end in
/// <c>NAME.keys.txt</c>, one a line, or in Parquet's own column.
/// </summary>
public sealed class FeatureFile : IDisposable
{
    private static readonly TimeSpan JournalEvery = TimeSpan.FromSeconds(1);

    private readonly FeaturePaths paths;
    private readonly FeatureRow row;
    private readonly string fingerprint;
    private readonly IReadOnlyDictionary<string, string> about;
    private readonly int headerLength;
    private FileStream? data;
    private FileStream? keys;
    private FeatureJournal journal;
    private long keyBytes;
    private long journalled = Stopwatch.GetTimestamp();

    private FeatureFile(FeaturePaths paths, FeatureRow row, string fingerprint, IReadOnlyDictionary<string, string> about)
    {
        (this.paths, this.row, this.fingerprint, this.about) = (paths, row, fingerprint, about);
        headerLength = Header(0).Length;
        journal = new(fingerprint, row.Type.ToString(), row.Shape, 0, 0, 0, false);
    }

    /// <summary>The final name.</summary>
    public string Path => paths.Final;

    /// <summary>Rows so far, those of earlier sessions included.</summary>
    public long Rows { get; private set; }

    /// <summary>Inputs that they came from, unreadable ones included: how many to pass over when a run goes on.</summary>
    public long Inputs { get; private set; }

    /// <summary>Rows with a number that is not finite, as the file's type has it, those of earlier sessions included.</summary>
    public long NotFinite { get; private set; }

    /// <summary>Whether the file is finished under its final name.</summary>
    public bool IsComplete { get; private set; }

    /// <summary>Begins a file, or goes on with what an interrupted run of the same fingerprint left.</summary>
    /// <param name="path">Final name; its extension is the format. What is there is replaced when the new one is complete.</param>
    /// <param name="type">float32, float16 (not in Parquet) or bfloat16 (in safetensors alone).</param>
    /// <param name="rowShape">Sizes of one row, such as [1024], or [tokens, width].</param>
    /// <param name="fingerprint">Of everything that decides what the rows are: inputs, weights, options.</param>
    /// <param name="about">
    /// What the file shall say of itself, by <see cref="FeatureMetadata"/>'s names: in its metadata, of <c>.npy</c> in
    /// <c>NAME.about.json</c>.
    /// </param>
    /// <exception cref="UserErrorException">
    /// No such format, the place cannot be written, another process writes it, or what is there was begun with another fingerprint.
    /// </exception>
    public static FeatureFile Open(
        string path,
        ScalarType type,
        IReadOnlyList<long> rowShape,
        string fingerprint,
        IReadOnlyDictionary<string, string>? about = null)
    {
        var paths = FeaturePaths.Of(path);
        paths.Check(type);
        if (rowShape.Any(side => side < 1))
        {
            throw new ArgumentException("every side of a row is at least 1", nameof(rowShape));
        }

        var file = new FeatureFile(paths, new FeatureRow(type, [.. rowShape]), fingerprint, about ?? new Dictionary<string, string>());
        try
        {
            file.Writing(file.Begin);
            return file;
        }
        catch
        {
            file.Close();
            throw;
        }
    }

    /// <summary>Whether a file could be of an element type: asked before much is computed.</summary>
    /// <param name="path">As <see cref="Open"/> takes it.</param>
    /// <param name="type">As <see cref="Open"/> takes it.</param>
    /// <exception cref="UserErrorException">No such format, or it has no such type.</exception>
    public static void CheckType(string path, ScalarType type) => FeaturePaths.Of(path).Check(type);

    /// <summary>Appends some rows. They count from the next <see cref="Flush"/>, which this does itself every second.</summary>
    /// <param name="rowKeys">B names.</param>
    /// <param name="rows">[B, row shape...], any device and floating type.</param>
    /// <param name="inputs">Inputs consumed up to and with the last of them, from the very beginning.</param>
    /// <returns>Which of these rows have a number that is not finite, from 0.</returns>
    /// <exception cref="UserErrorException">The disk is full; what was flushed is kept.</exception>
    public IReadOnlyList<int> Append(IReadOnlyList<string> rowKeys, Tensor rows, long inputs)
    {
        if (!rows.shape.SequenceEqual([rowKeys.Count, .. row.Shape]))
        {
            throw new ArgumentException(
                $"[{string.Join(", ", rows.shape)}] is not {rowKeys.Count} rows of [{string.Join(", ", row.Shape)}]",
                nameof(rows));
        }

        using var scope = NewDisposeScope();
        var numbers = rows.detach().to(row.Type);
        Writing(() =>
        {
            data!.Position = headerLength + (Rows * row.Bytes);
            SafetensorsWriter.WriteData(data, numbers);
            keys!.Position = keyBytes;
            keys.Write(Encoding.UTF8.GetBytes(string.Concat(rowKeys.Select(key => OneLine(key) + "\n"))));
            keyBytes = keys.Position;
        });
        var finite = numbers.flatten(1).isfinite().all(1).cpu().data<bool>().ToArray();
        int[] notFinite = [.. Enumerable.Range(0, finite.Length).Where(i => !finite[i])];
        Rows += rowKeys.Count;
        NotFinite += notFinite.Length;
        Inputs = inputs;
        if (Stopwatch.GetElapsedTime(journalled) >= JournalEvery)
        {
            Flush();
        }

        return notFinite;
    }

    /// <summary>The rows of earlier sessions with their keys, in order and some at a time. Not while rows are appended.</summary>
    /// <param name="count">Rows at once.</param>
    /// <returns>[at most count, row shape...] on the CPU, the caller's to dispose.</returns>
    /// <exception cref="UserErrorException">The files cannot be read.</exception>
    public IEnumerable<(IReadOnlyList<string> Keys, Tensor Rows)> ReadBack(int count)
    {
        keys!.Position = 0;
        using var lines = new StreamReader(keys, Encoding.UTF8, detectEncodingFromByteOrderMarks: false, leaveOpen: true);
        for (long start = 0; start < Rows; start += count)
        {
            yield return ReadRows(lines, start, (int)Math.Min(count, Rows - start));
        }
    }

    /// <summary>Closes the file and removes it, unfinished as it is.</summary>
    public void Discard()
    {
        Close();
        paths.DeletePartial();
    }

    /// <summary>Makes all rows so far survive whatever comes: a run that is killed from here on goes on after them.</summary>
    /// <exception cref="UserErrorException">The disk is full.</exception>
    public void Flush() => Writing(() => WriteJournal(complete: false));

    /// <summary>Finishes the file under its final name.</summary>
    /// <param name="inputs">All inputs there were.</param>
    /// <exception cref="UserErrorException">The disk is full; nothing new is under the final name, and the rows are kept.</exception>
    public void Complete(long inputs) => Writing(() =>
    {
        Inputs = inputs;
        WriteJournal(complete: false);
        if (paths.Format == FeatureFormat.Parquet)
        {
            data!.Position = headerLength;
            keys!.Position = 0;
            using var lines = new StreamReader(keys, Encoding.UTF8, detectEncodingFromByteOrderMarks: false, leaveOpen: true);
            AtomicFile.Write(paths.Final, temporary =>
            {
                using var output = new FileStream(temporary, FileMode.Create, FileAccess.ReadWrite, FileShare.None, 1 << 16);
                ParquetFeatures.WriteAsync(output, row, Rows, data, lines, about).GetAwaiter().GetResult();
                output.Flush(flushToDisk: true);
            });
        }
        else
        {
            data!.Position = 0;
            data.Write(Header(Rows));
        }

        paths.WriteAbout(about);

        WriteJournal(complete: true);
        Close();
        paths.Publish();
        IsComplete = true;
    });

    /// <summary>
    /// Closes the partial files; rows since the last <see cref="Flush"/> do not count. Without a row nothing stays behind.
    /// </summary>
    public void Dispose()
    {
        var open = data is not null;
        Close();
        if (open && Rows == 0)
        {
            paths.DeletePartial();
        }
    }

    private unsafe (IReadOnlyList<string> Keys, Tensor Rows) ReadRows(StreamReader lines, long start, int count)
    {
        var rows = empty([count, .. row.Shape], row.Type);
        Writing(() =>
        {
            data!.Position = headerLength + (start * row.Bytes);
            data.ReadExactly(new Span<byte>((void*)TensorMemory.Pointer(rows), checked((int)(count * row.Bytes))));
        });
        return ([.. Enumerable.Range(0, count).Select(_ => lines.ReadLine()!)], rows);
    }

    private static string OneLine(string key)
        => key.Replace("\r", "\\r", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);

    private byte[] Header(long rows) => FeatureHeader.Bytes(
        paths.Format,
        row,
        rows,
        new Dictionary<string, string>(about) { ["keys"] = System.IO.Path.GetFileName(paths.Keys) });

    private void Begin()
    {
        Directory.CreateDirectory(paths.Folder);
        if (FeatureJournal.Read(paths.Journal) is { Complete: true } finished)
        {
            paths.Publish();
            if (finished.IsOf(fingerprint, row))
            {
                (journal, Rows, Inputs, NotFinite, IsComplete) = (finished, finished.Rows, finished.Inputs, finished.NotFinite, true);
                return;
            }
        }

        // Read again under the lock that the open file is.
        data = FeaturePaths.OpenPartial(paths.Rows);
        keys = FeaturePaths.OpenPartial(paths.PartialKeys);
        if (FeatureJournal.Read(paths.Journal) is { Rows: > 0 } begun)
        {
            if (!begun.IsOf(fingerprint, row))
            {
                throw new UserErrorException($"{paths.Rows}: holds {begun.Rows} rows of other inputs, weights or options. "
                    + $"Delete {paths.Rows}* or choose another output.");
            }

            journal = begun;
        }

        (Rows, Inputs, NotFinite, keyBytes) = (journal.Rows, journal.Inputs, journal.NotFinite, journal.KeyBytes);
        var end = headerLength + (Rows * row.Bytes);
        if (journal.Rows > 0 && (data.Length < end || keys.Length < keyBytes))
        {
            throw new UserErrorException(
                $"{paths.Rows}: is shorter than the {Rows} rows that its journal names. Delete {paths.Rows}* to start again.");
        }

        data.SetLength(end);
        keys.SetLength(keyBytes);
    }

    /// <summary>Rows first, then the journal that says they are there.</summary>
    private void WriteJournal(bool complete)
    {
        data!.Flush(flushToDisk: true);
        keys!.Flush(flushToDisk: true);
        var next = journal with { Rows = Rows, Inputs = Inputs, KeyBytes = keyBytes, Complete = complete, NotFinite = NotFinite };
        next.Write(paths.Journal);
        journal = next;
        journalled = Stopwatch.GetTimestamp();
    }

    /// <summary>Turns what the system refuses into one line; after a failed write the journal on disk stays as it was.</summary>
    private void Writing(Action write)
    {
        try
        {
            write();
        }
        catch (Exception failure) when (AtomicFolder.IsRefusal(failure))
        {
            var kept = journal.Rows > 0 ? $"; the {journal.Rows} rows so far are kept, and the same command goes on after them" : "";
            throw new UserErrorException(
                $"{Path}: cannot be written ({failure.Message}). Free space or choose a writable folder{kept}.",
                failure);
        }
    }

    private void Close()
    {
        data?.Dispose();
        keys?.Dispose();
        (data, keys) = (null, null);
    }
}
