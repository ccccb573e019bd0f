using PerceptionEncoder.Serialization;
using PerceptionEncoder.Serialization.Weights;
using PerceptionEncoder.Tensors;
using static TorchSharp.torch;

namespace PerceptionEncoder.Evaluation.Harness.Frozen;

/// <summary>
/// Features of one layer on their way from the tower to the probes: rows go to a file as they come, so that memory does not grow with data
/// set and depth, and are mapped when they are wanted. The file goes with the object.
/// </summary>
/// <param name="path">Of the file, which must not exist.</param>
/// <param name="type">Of the numbers on disk.</param>
internal sealed class FeatureRows(string path, ScalarType type) : IDisposable
{
    private FileStream? file;
    private long[] rowShape = [];
    private Tensor? mapped;

    /// <summary>Of the numbers on disk.</summary>
    public ScalarType Type => type;

    /// <summary>Rows so far.</summary>
    public long Count { get; private set; }

    /// <summary>Adds rows, [B, row shape...], of any device and floating type.</summary>
    /// <exception cref="UserErrorException">The disk is full.</exception>
    public void Append(Tensor rows)
    {
        using var scope = NewDisposeScope();
        rowShape = rows.shape[1..];
        try
        {
            file ??= new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read, bufferSize: 0);
            SafetensorsWriter.WriteData(file, rows.to(type));
        }
        catch (Exception failure) when (AtomicFolder.IsRefusal(failure))
        {
            throw new UserErrorException(
                $"{path}: features cannot be kept ({failure.Message}). "
                + "Free space, choose another folder for them, or take fewer layers or images.",
                failure);
        }

        Count += rows.shape[0];
    }

    /// <summary>All rows, [n, row shape...], over the file's pages; belongs to this object. Nothing can be added any more.</summary>
    public Tensor All()
    {
        if (mapped is null)
        {
            using var scope = NewDisposeScope();
            file?.Dispose();
            var numbers = Count * rowShape.Aggregate(1L, (product, side) => product * side);
            mapped = (numbers == 0
                ? empty([0, .. rowShape], type)
                : from_file(path, shared: false, size: numbers, dtype: type).view([Count, .. rowShape])).DetachFromDisposeScope();
        }

        return mapped;
    }

    /// <summary>Some rows, as float32 on a device.</summary>
    /// <param name="rows">Their indices, in the order wanted.</param>
    /// <param name="device">Where they go.</param>
    /// <returns>[rows, row shape...], a tensor of its own.</returns>
    public Tensor Take(IReadOnlyList<int> rows, Device device)
    {
        using var scope = NewDisposeScope();
        return All().index_select(0, tensor(rows.Select(row => (long)row).ToArray())).SendTo(device).to(float32).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        mapped?.Dispose();
        file?.Dispose();
        File.Delete(path);
    }
}
