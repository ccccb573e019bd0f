using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace PerceptionEncoder.Serialization.Features;

/// <summary>
/// Rows of float32 numbers by key, kept on disk as they are found: a file of records, key before row, that a crash can leave with half a
/// record at its end and nothing worse. The keys are in memory, 24 bytes a row. For one process and one thread.
/// </summary>
public sealed class FeatureCache : IDisposable
{
    private const int KeyBytes = 16;

    private readonly string path;
    private readonly FileStream file;
    private readonly Dictionary<UInt128, long> records = [];
    private readonly byte[] record;
    private long count;

    /// <summary>Opens the cache of one source of features, or starts it.</summary>
    /// <param name="folder">Made where absent.</param>
    /// <param name="source">
    /// What the rows are made with, such as a hash of the weights and the input size; a folder may hold several.
    /// </param>
    /// <param name="width">Numbers of a row.</param>
    /// <exception cref="UserErrorException">The folder cannot be written, or another process has the cache open.</exception>
    public FeatureCache(string folder, string source, int width)
    {
        Width = width;
        record = new byte[KeyBytes + (width * sizeof(float))];
        path = Path.Combine(folder, $"{source}.features");
        try
        {
            Directory.CreateDirectory(folder);
            file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            _ = file.CanSeek ? file : throw new IOException("it is a pipe or a device, not a regular file");
            ReadKeys();
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException(
                $"{path}: the feature cache cannot be opened ({failure.Message}). "
                + "Choose a writable folder that no other run uses, or none.",
                failure);
        }
    }

    /// <summary>Numbers of a row.</summary>
    public int Width { get; }

    /// <summary>Rows.</summary>
    public long Count => count;

    /// <summary>Reads the row of a key.</summary>
    /// <returns>False where there is none.</returns>
    /// <exception cref="UserErrorException">The disk refuses.</exception>
    public bool TryRead(UInt128 key, out float[] row)
    {
        row = [];
        if (!records.TryGetValue(key, out var at))
        {
            return false;
        }

        row = new float[Width];
        try
        {
            file.Flush();
            RandomAccess.Read(file.SafeFileHandle, MemoryMarshal.AsBytes(row.AsSpan()), (at * record.Length) + KeyBytes);
            return true;
        }
        catch (IOException failure)
        {
            throw Refused(failure);
        }
    }

    /// <summary>Keeps a row; a key that is there already stays as it is.</summary>
    /// <exception cref="UserErrorException">The disk is full.</exception>
    public void Add(UInt128 key, ReadOnlySpan<float> row)
    {
        if (!records.TryAdd(key, count))
        {
            return;
        }

        BinaryPrimitives.WriteUInt128LittleEndian(record, key);
        MemoryMarshal.AsBytes(row).CopyTo(record.AsSpan(KeyBytes));
        try
        {
            file.Seek(count * record.Length, SeekOrigin.Begin);
            file.Write(record);
            count++;
        }
        catch (Exception failure) when (AtomicFolder.IsRefusal(failure))
        {
            throw Refused(failure);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => file.Dispose();

    private void ReadKeys()
    {
        count = file.Length / record.Length;
        file.SetLength(count * record.Length);
        Span<byte> key = stackalloc byte[KeyBytes];
        for (long at = 0; at < count; at++)
        {
            RandomAccess.Read(file.SafeFileHandle, key, at * record.Length);
            records.TryAdd(BinaryPrimitives.ReadUInt128LittleEndian(key), at);
        }
    }

    private UserErrorException Refused(Exception failure)
        => new($"{path}: the feature cache cannot be used ({failure.Message}). Free space, or leave teacher.cache out.", failure);
}
