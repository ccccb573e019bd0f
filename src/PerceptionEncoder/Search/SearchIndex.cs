using System.IO.Enumeration;
using PerceptionEncoder.Serialization.Features;
using PerceptionEncoder.Tensors;
using static TorchSharp.torch;

namespace PerceptionEncoder.Search;

// N rows · C the dimension · Q queries · K hits of a query
/// <summary>
/// Finds the vectors of highest cosine with a query: exactly, or, much faster among millions, in the lists that lie nearest. It lives in
/// the memory of the CPU, or in the pages of a feature file. Vectors need not be of unit length; one with a number that is not finite is
/// never found, and one of zeros has cosine 0.
/// </summary>
/// <remarks>
/// Any number of threads may search at once; adding and clustering wait for them and keep others waiting meanwhile. Disposing is for when
/// no search goes on. All products are float32; the scores of what is found are computed again in double, so that equal vectors have equal
/// scores wherever they lie.
/// </remarks>
public sealed class SearchIndex : IDisposable
{
    private readonly SearchGate gate = new();
    private readonly PackedTexts ids = new();
    private readonly VectorRows vectors;
    private readonly RowSearch search;
    private InvertedLists? lists;

    /// <summary>An index without rows.</summary>
    /// <param name="dimension">C.</param>
    /// <param name="type">Of the numbers as they are kept: float16 takes half the memory and moves a cosine by less than 0.001.</param>
    public SearchIndex(int dimension, ElementType type = ElementType.Fp32)
        : this(dimension, type.ToScalarType())
    {
    }

    private SearchIndex(int dimension, ScalarType type)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(dimension, 1);
        TorchRuntime.Initialize();
        vectors = new VectorRows(dimension, type);
        search = new RowSearch(vectors);
    }

    /// <summary>N.</summary>
    public int Count => gate.Reading(() => vectors.Count);

    /// <summary>C.</summary>
    public int Dimension => vectors.Dimension;

    /// <summary>Lists that rows are sorted into; 0 where they are not.</summary>
    public int Lists => gate.Reading(() => lists?.Count ?? 0);

    /// <summary>What is searched in <see cref="FeatureReader">a feature file</see>: without a copy where its format allows it.</summary>
    /// <param name="path">
    /// A <c>.safetensors</c> or <c>.npy</c> file, whose pages are mapped and must not be overwritten meanwhile, or a <c>.parquet</c> file,
    /// which is read into memory.
    /// </param>
    /// <exception cref="UserErrorException">It cannot be read, or its rows are no vectors.</exception>
    public static SearchIndex Open(string path)
    {
        TorchRuntime.Initialize();
        using var file = FeatureReader.Open(path);
        if (file.RowShape.Count != 1 || file.Rows > int.MaxValue)
        {
            throw new UserErrorException(file.RowShape.Count != 1
                ? $"{path}: holds [{string.Join(", ", file.RowShape)}] numbers for each input, where search compares one vector each. "
                    + "Encode pooled features."
                : $"{path}: has {file.Rows} rows, more than the {int.MaxValue} that an index takes. Split it.");
        }

        var index = new SearchIndex((int)file.RowShape[0], file.Type);
        try
        {
            foreach (var key in file.Keys())
            {
                index.ids.Add(key);
            }

            using var mapped = file.Map();
            if (mapped is not null)
            {
                index.vectors.Attach(mapped);
                return index;
            }

            foreach (var block in file.Blocks(index.vectors.BlockRows))
            {
                using (block)
                {
                    index.vectors.Add(block);
                }
            }

            return index;
        }
        catch
        {
            index.Dispose();
            throw;
        }
    }

    /// <summary>Where lists of a feature file are kept by custom: beside it.</summary>
    public static string ListsPath(string features) => features + ".lists.safetensors";

    /// <summary>The name of a row.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such row.</exception>
    public string IdOf(int row) => gate.Reading(() => ids[row]);

    /// <summary>Adds a row.</summary>
    /// <param name="id">Its name; names may repeat.</param>
    /// <param name="row">C numbers.</param>
    public void Add(string id, ReadOnlySpan<float> row) => Add([id], row);

    /// <summary>Adds rows.</summary>
    /// <param name="newIds">B names.</param>
    /// <param name="rows">B x C numbers, row by row.</param>
    /// <exception cref="ArgumentException">The number of numbers is another.</exception>
    public void Add(IReadOnlyList<string> newIds, ReadOnlySpan<float> rows)
    {
        ArgumentNullException.ThrowIfNull(newIds);
        if (rows.Length != (long)newIds.Count * Dimension)
        {
            throw new ArgumentException($"{rows.Length} numbers are not {newIds.Count} rows of {Dimension}", nameof(rows));
        }

        using var scope = NewDisposeScope();
        Add(newIds, tensor(rows.ToArray()).view(newIds.Count, Dimension));
    }

    /// <summary>Adds copies of rows.</summary>
    /// <param name="newIds">B names.</param>
    /// <param name="rows">[B, C], of any device and floating type; the caller's.</param>
    /// <exception cref="ArgumentException">The shape is another.</exception>
    public void Add(IReadOnlyList<string> newIds, Tensor rows)
    {
        ArgumentNullException.ThrowIfNull(newIds);
        ArgumentNullException.ThrowIfNull(rows);
        if (!rows.shape.SequenceEqual([newIds.Count, Dimension]))
        {
            throw new ArgumentException(
                $"[{string.Join(", ", rows.shape)}] is not {newIds.Count} rows of {Dimension} numbers",
                nameof(rows));
        }

        gate.Writing(() =>
        {
            _ = checked(vectors.Count + newIds.Count);
            vectors.Add(rows);
            foreach (var id in newIds)
            {
                ids.Add(id);
            }
        });
    }

    /// <summary>The rows whose id one of some patterns takes: <c>*</c> stands for any characters, <c>?</c> for one.</summary>
    public SearchFilter Filter(IReadOnlyList<string> patterns)
    {
        ArgumentNullException.ThrowIfNull(patterns);
        return gate.Reading(() => new SearchFilter(ids.Count, ids.Where(id =>
        {
            foreach (var pattern in patterns)
            {
                if (FileSystemName.MatchesSimpleExpression(pattern, id, ignoreCase: false))
                {
                    return true;
                }
            }

            return false;
        })));
    }

    /// <summary>The rows whose id a predicate takes.</summary>
    public SearchFilter Filter(Func<string, bool> takes)
        => gate.Reading(() => new SearchFilter(ids.Count, ids.Where(id => takes(id.ToString()))));

    /// <summary>The best rows for one query.</summary>
    /// <param name="query">C numbers.</param>
    /// <param name="count">K, where so many rows are to be had.</param>
    /// <param name="filter">Rows to choose from; null for all.</param>
    /// <param name="probe">Lists to look into; 0 looks at every row.</param>
    /// <returns>Best first; of equal scores the earlier row.</returns>
    /// <exception cref="ArgumentException">The query is no C finite numbers.</exception>
    public IReadOnlyList<SearchHit> Find(ReadOnlySpan<float> query, int count, SearchFilter? filter = null, int probe = 0)
    {
        using var scope = NewDisposeScope();
        return FindEach(tensor(query.ToArray()).unsqueeze(0), count, filter, probe)[0];
    }

    /// <summary>The best rows for each of some queries. Memory does not grow with the rows, and with queries by their hits alone.</summary>
    /// <param name="queries">[Q, C], of any device and floating type, need not be of unit length; the caller's.</param>
    /// <param name="count">K, where so many rows are to be had.</param>
    /// <param name="filter">Rows to choose from; null for all.</param>
    /// <param name="probe">
    /// Lists to look into; 0 looks at every row. Rows that were added since the others were sorted are looked at too.
    /// </param>
    /// <param name="cancellation">Stops between two blocks of rows.</param>
    /// <returns>Of each query, best first; of equal scores the earlier row.</returns>
    /// <exception cref="ArgumentException">A query is no C finite numbers.</exception>
    /// <exception cref="InvalidOperationException">A probe is asked for, and rows are in no lists.</exception>
    public IReadOnlyList<IReadOnlyList<SearchHit>> FindEach(
        Tensor queries,
        int count,
        SearchFilter? filter = null,
        int probe = 0,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(queries);
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(probe);
        return gate.Reading(() => search.Find(queries, count, filter, probe > 0 ? RequireLists() : null, probe, cancellation)
            .Select(hits => (IReadOnlyList<SearchHit>)[.. hits.Select(hit => new SearchHit(hit.Row, ids[hit.Row], hit.Score))]).ToArray());
    }

    /// <summary>
    /// Sorts all rows into lists by k-means, so that a search may look into a few; the same rows and options give the same lists.
    /// </summary>
    /// <param name="options">How many lists.</param>
    /// <param name="cancellation">Stops and leaves things as they were.</param>
    /// <exception cref="ArgumentException">There are fewer rows than lists.</exception>
    public void Cluster(SearchListOptions options, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        gate.Writing(() =>
        {
            if (options.Lists < 1 || options.Lists > vectors.Count)
            {
                throw new ArgumentException($"{vectors.Count} rows cannot be sorted into {options.Lists} lists", nameof(options));
            }

            Replace(InvertedLists.Build(vectors, options, cancellation));
        });
    }

    /// <summary>How much of the exact answer a search in lists finds: the mean share of the K best, over rows drawn as queries.</summary>
    /// <param name="count">K; the row itself, which every search finds, is left out.</param>
    /// <param name="sample">Queries, at most N.</param>
    /// <param name="probe">Lists to look into.</param>
    /// <param name="seed">Of the draw.</param>
    /// <returns>From 0 to 1.</returns>
    /// <exception cref="InvalidOperationException">Rows are in no lists.</exception>
    public double MeasureRecall(int count, int sample, int probe, int seed = 17)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(sample, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(probe, 1);
        return gate.Reading(() => search.Recall(count, sample, RequireLists(), probe, seed));
    }

    /// <summary>Groups of near-duplicates: rows that chains of pairs join, each pair of a cosine from a threshold on.</summary>
    /// <param name="threshold">From -1 to 1. Time grows with the square of the rows, memory does not.</param>
    /// <param name="cancellation">Stops between two blocks of rows.</param>
    /// <returns>Groups of two rows and more, each ascending, by their first row.</returns>
    public IReadOnlyList<IReadOnlyList<int>> Groups(float threshold, CancellationToken cancellation = default)
        => gate.Reading(() => NearGroups.Find(vectors, threshold, cancellation));

    /// <summary>The cosine of two rows.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such row.</exception>
    public float CosineOf(int row, int other) => gate.Reading(() => vectors.Cosine(row, other));

    /// <summary>Writes the lists, which <see cref="LoadLists"/> takes for an index of the same rows.</summary>
    /// <exception cref="UserErrorException">The disk is full or the place cannot be written.</exception>
    /// <exception cref="InvalidOperationException">Rows are in no lists, or were added since.</exception>
    public void SaveLists(string path) => gate.Reading(() =>
    {
        if (RequireLists().Rows != vectors.Count)
        {
            throw new InvalidOperationException("rows were added since they were clustered: cluster again");
        }

        lists!.Save(path, vectors);
        return 0;
    });

    /// <summary>Reads lists in place of clustering.</summary>
    /// <exception cref="UserErrorException">The file is missing or damaged, or sorts other rows than these.</exception>
    public void LoadLists(string path) => gate.Writing(() => Replace(InvertedLists.Load(path, vectors)));

    /// <inheritdoc/>
    public void Dispose()
    {
        vectors.Dispose();
        lists?.Dispose();
        gate.Dispose();
    }

    private InvertedLists RequireLists() => lists ?? throw new InvalidOperationException("the rows are in no lists: cluster them first");

    private void Replace(InvertedLists next)
    {
        lists?.Dispose();
        lists = next;
    }
}
