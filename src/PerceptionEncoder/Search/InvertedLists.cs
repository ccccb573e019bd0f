using System.Globalization;
using PerceptionEncoder.Serialization;
using PerceptionEncoder.Serialization.Weights;
using static TorchSharp.torch;

namespace PerceptionEncoder.Search;

// N rows · L lists · C the dimension
/// <summary>Which rows lie nearest to which centre; the rows themselves stay where they are.</summary>
internal sealed class InvertedLists : IDisposable
{
    private const string FormatName = "perception-encoder search lists 1";

    private readonly Tensor centers;                            // float32 [L, C] at unit length
    private readonly int[] rows;                                // N, list by list, ascending in each
    private readonly int[] starts;                              // L + 1

    private InvertedLists(Tensor centers, int[] rows, int[] starts)
        => (this.centers, this.rows, this.starts) = (centers.DetachFromDisposeScope(), rows, starts);

    /// <summary>L.</summary>
    public int Count => starts.Length - 1;

    /// <summary>N.</summary>
    public int Rows => rows.Length;

    /// <summary>Finds centres on a sample and sorts all rows to them.</summary>
    public static InvertedLists Build(VectorRows vectors, SearchListOptions options, CancellationToken cancellation)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var wanted = (int)Math.Min(vectors.Count, (long)options.Lists * options.SamplePerList);
        var sample = vectors.Take(Draw(vectors.Count, wanted, options.Seed));
        sample.mul_(RowBlock.UnitScales(sample).unsqueeze(1));
        sample.nan_to_num_(nan: 0, posinf: 0, neginf: 0);
        var centers = SphericalKMeans.Centers(sample, options.Lists, options.Passes, cancellation);
        var lists = new int[vectors.Count];
        foreach (var (start, block) in vectors.From(0))
        {
            cancellation.ThrowIfCancellationRequested();
            using var step = NewDisposeScope();
            var (nearest, _) = SphericalKMeans.Nearest(block.Numbers().nan_to_num(nan: 0, posinf: 0, neginf: 0), centers);
            nearest.to(int32).data<int>().CopyTo(lists, start);
        }

        return Sorted(centers, lists);
    }

    /// <summary>Reads what <see cref="Save"/> wrote.</summary>
    /// <exception cref="UserErrorException">The file is damaged, or of other rows.</exception>
    public static InvertedLists Load(string path, VectorRows vectors)
    {
        using var scope = NewDisposeScope();
        using var file = SafetensorsFile.Open(path);
        if (file.Metadata.GetValueOrDefault("format") != FormatName)
        {
            throw new UserErrorException($"{path}: holds no search lists. Name a file that a search index saved.");
        }

        if (file.Metadata.GetValueOrDefault("features") != vectors.Fingerprint())
        {
            throw new UserErrorException($"{path}: sorts other features than these {vectors.Count} rows of {vectors.Dimension} numbers. "
                + "Build the lists again.");
        }

        var (centers, lists) = (file.Read("centers"), file.Read("list_of_row"));
        if (centers.dim() != 2 || centers.shape[1] != vectors.Dimension || centers.dtype != ScalarType.Float32
            || lists.dtype != ScalarType.Int32 || !lists.shape.SequenceEqual([vectors.Count]))
        {
            throw Damaged(path);
        }

        var numbers = lists.data<int>().ToArray();
        return Array.Exists(numbers, list => list < 0 || list >= centers.shape[0]) ? throw Damaged(path) : Sorted(centers, numbers);
    }

    /// <summary>Writes the centres and the list of each row, in one move.</summary>
    /// <exception cref="UserErrorException">The disk is full or the place cannot be written.</exception>
    public void Save(string path, VectorRows vectors)
    {
        using var scope = NewDisposeScope();
        var lists = new int[rows.Length];
        for (var list = 0; list < Count; list++)
        {
            foreach (var row in Of(list))
            {
                lists[row] = list;
            }
        }

        var metadata = new Dictionary<string, string>
        {
            ["format"] = FormatName,
            ["features"] = vectors.Fingerprint(),
            ["lists"] = Count.ToString(CultureInfo.InvariantCulture),
        };
        AtomicFile.Write(
            path,
            temporary => SafetensorsWriter.Write(temporary, [("centers", centers), ("list_of_row", tensor(lists, int32))], metadata));
    }

    /// <summary>The rows of a list, ascending.</summary>
    public ReadOnlySpan<int> Of(int list) => rows.AsSpan(starts[list]..starts[list + 1]);

    /// <summary>The lists nearest to each query, and the queries that want each.</summary>
    /// <param name="queries">float32 [Q, C] at unit length.</param>
    /// <param name="probe">Lists a query looks at.</param>
    public SortedDictionary<int, List<int>> Nearest(Tensor queries, int probe)
    {
        using var scope = NewDisposeScope();
        var each = Math.Min(probe, Count);
        var (_, found) = matmul(queries, centers.t()).topk(each, 1);
        var numbers = found.to(int64).contiguous().data<long>().ToArray();
        var wanted = new SortedDictionary<int, List<int>>();
        for (var i = 0; i < numbers.Length; i++)
        {
            if (!wanted.TryGetValue((int)numbers[i], out var of))
            {
                wanted.Add((int)numbers[i], of = []);
            }

            of.Add(i / each);
        }

        return wanted;
    }

    /// <inheritdoc/>
    public void Dispose() => centers.Dispose();

    /// <summary>Some of the numbers from 0, in an order of chance.</summary>
    internal static int[] Draw(int of, int count, int seed)
    {
        var all = new int[of];
        for (var i = 0; i < of; i++)
        {
            all[i] = i;
        }

        var random = new Random(seed);
        for (var i = 0; i < count; i++)
        {
            var j = random.Next(i, of);
            (all[i], all[j]) = (all[j], all[i]);
        }

        return all[..count];
    }

    private static InvertedLists Sorted(Tensor centers, int[] listOfRow)
    {
        var starts = new int[centers.shape[0] + 1];
        foreach (var list in listOfRow)
        {
            starts[list + 1]++;
        }

        for (var list = 1; list < starts.Length; list++)
        {
            starts[list] += starts[list - 1];
        }

        var next = starts[..^1];
        var rows = new int[listOfRow.Length];
        for (var row = 0; row < rows.Length; row++)
        {
            rows[next[listOfRow[row]]++] = row;
        }

        return new InvertedLists(centers, rows, starts);
    }

    private static UserErrorException Damaged(string path) => new($"{path}: is damaged. Build the lists again.");
}
