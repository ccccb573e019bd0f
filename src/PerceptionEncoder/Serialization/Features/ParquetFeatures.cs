using System.Runtime.InteropServices;
using Parquet;
using Parquet.Schema;

namespace PerceptionEncoder.Serialization.Features;

/// <summary>
/// Writes rows and keys as Parquet: <c>key</c> (string) and <c>feature</c> (list of float32, a row's numbers in row-major order); the
/// file's metadata names the <c>row_shape</c>. Features do not compress, so they are stored plain.
/// </summary>
internal static class ParquetFeatures
{
    /// <summary>Values in one row group: memory stays below 100 MB however long the table is.</summary>
    private const int GroupNumbers = 1 << 21;

    /// <summary>Names of columns, and of the metadata's entry for the sizes of a row.</summary>
    public const string KeyColumn = "key", FeatureColumn = "feature", RowShape = "row_shape";

    private static readonly DataField<string> Key = new(KeyColumn, false);
    private static readonly DataField<float> Element = new(ListField.ElementName, false);
    private static readonly ParquetSchema Schema = new(Key, new ListField(FeatureColumn, Element));

    /// <param name="output">Written from its start.</param>
    /// <param name="row">Of float32.</param>
    /// <param name="rows">How many <paramref name="data"/> holds.</param>
    /// <param name="data">The rows, at their first byte.</param>
    /// <param name="keys">A line for each row, at its first character.</param>
    /// <param name="about">Further metadata.</param>
    /// <exception cref="IOException">The disk is full.</exception>
    public static async Task WriteAsync(
        Stream output,
        FeatureRow row,
        long rows,
        Stream data,
        TextReader keys,
        IReadOnlyDictionary<string, string> about)
    {
        var options = new ParquetOptions { CompressionMethod = CompressionMethod.None, DictionaryEncodingThreshold = 0 };
        await using var writer = await ParquetWriter.CreateAsync(Schema, output, options).ConfigureAwait(false);
        writer.CustomMetadata = new Dictionary<string, string>(about) { [RowShape] = $"[{string.Join(", ", row.Shape)}]" };
        var most = (int)Math.Min(rows, Math.Max(1, GroupNumbers / row.Numbers));
        var numbers = new float[most * row.Numbers];
        var definitions = new int[numbers.Length];
        var repetitions = new int[numbers.Length];
        Array.Fill(definitions, Element.MaxDefinitionLevel);
        for (var i = 0; i < repetitions.Length; i++)
        {
            repetitions[i] = i % row.Numbers == 0 ? 0 : Element.MaxRepetitionLevel;
        }

        for (var left = rows; left > 0; left -= most)
        {
            var count = (int)Math.Min(left, most);
            var length = count * row.Numbers;
            data.ReadExactly(MemoryMarshal.AsBytes(numbers.AsSpan(0, length)));
            var names = new string[count];
            for (var i = 0; i < count; i++)
            {
                names[i] = await keys.ReadLineAsync().ConfigureAwait(false)
                    ?? throw new EndOfStreamException("There are fewer keys than rows.");
            }

            using var group = writer.CreateRowGroup();
            await group.WriteAsync(Key, names).ConfigureAwait(false);
            await group.WriteAllPartsAsync<float>(
                Element,
                numbers.AsMemory(0, length),
                definitions.AsMemory(0, length),
                repetitions.AsMemory(0, length),
                CancellationToken.None).ConfigureAwait(false);
            group.CompleteValidate();
        }
    }
}
