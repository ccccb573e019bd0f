using PerceptionEncoder.Search;
using PerceptionEncoder.Serialization.Features;
using PerceptionEncoder.Tools.Features;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tools.Answers;

/// <summary>Finds the images, or whatever features are of, that lie nearest to texts and images.</summary>
public sealed record FeatureSearch
{
    /// <summary>Rows that recall is measured on.</summary>
    private const int RecallSample = 200;

    /// <summary>What is searched; how its images are encoded says how queries are.</summary>
    public required FeatureSource Source { get; init; }

    /// <summary>Queries in words.</summary>
    public IReadOnlyList<string> Texts { get; init; } = [];

    /// <summary>Queries that are image files.</summary>
    public IReadOnlyList<string> Images { get; init; } = [];

    /// <summary>Hits of a query.</summary>
    public int Top { get; init; } = 10;

    /// <summary>Patterns of ids, of which one must fit; none for all rows.</summary>
    public IReadOnlyList<string> Filter { get; init; } = [];

    /// <summary>Lists that rows are sorted into, kept beside the features; 0 for an exact search.</summary>
    public int Lists { get; init; }

    /// <summary>Lists that a query looks into.</summary>
    public int Probe { get; init; } = 8;

    /// <summary>Measure what lists find of the exact answer, which takes an exact search; done anyway when they are made.</summary>
    public bool MeasureRecall { get; init; }

    /// <summary>Searches.</summary>
    /// <param name="log">Takes lines about what is used.</param>
    /// <param name="report">Called after each batch of images that are encoded.</param>
    /// <param name="cancellation">Stops.</param>
    /// <exception cref="UserErrorException">Bad options, inputs, features or checkpoint; says what to do.</exception>
    public SearchReport Run(Action<string> log, Action<EncodingProgress>? report, CancellationToken cancellation)
    {
        Require(Texts.Count + Images.Count > 0, "nothing to search for: add --text \"...\" or --image FILE.");
        Require(Top >= 1, $"--top {Top}: show at least one hit.");
        Require(Lists >= 0, $"--lists {Lists}: sort into at least one list, or leave it out for an exact search.");
        Require(Probe >= 1, $"--probe {Probe}: look into at least one list.");
        var how = Source.Encode ?? throw new UserErrorException("queries are encoded by a model: add --checkpoint PATH.");
        var path = Source.Find(log, report, cancellation);
        using var scope = NewDisposeScope();
        using var file = FeatureReader.Open(path);
        var queries = QueryEncoder.Encode(file, how, Texts, Images, log);
        using var index = SearchIndex.Open(path);
        Require(index.Count > 0, $"{path}: holds no features. Encode some first.");
        var filter = Filter.Count > 0 ? index.Filter(Filter) : null;
        Require(filter is not { Count: 0 }, $"--filter {string.Join(' ', Filter)}: fits none of the {index.Count} ids, such as "
            + $"{VisibleText.Line(index.IdOf(0))}. * stands for any characters, ? for one.");
        double? recall = null;
        if (Lists > 0)
        {
            Require(Lists <= index.Count, $"--lists {Lists}: {path} has {index.Count} rows. Sort them into fewer lists.");
            var made = Sort(index, path, log, cancellation);
            recall = made || MeasureRecall ? index.MeasureRecall(Top, RecallSample, Probe) : null;
        }

        var found = index.FindEach(queries, Top, filter, Lists > 0 ? Probe : 0, cancellation);
        return new SearchReport(
            path,
            index.Count,
            filter?.Count ?? index.Count,
            [.. Texts.Select(text => (text, "text")).Concat(Images.Select(image => (image, "image")))
                .Zip(found, (query, hits) => new SearchAnswer(query.Item1, query.Item2, hits))],
            recall);
    }

    /// <summary>Takes the lists beside the features where they are those asked for, else makes them.</summary>
    /// <returns>Whether they were made.</returns>
    private bool Sort(SearchIndex index, string path, Action<string> log, CancellationToken cancellation)
    {
        var kept = SearchIndex.ListsPath(path);
        if (File.Exists(kept))
        {
            try
            {
                index.LoadLists(kept);
            }
            catch (UserErrorException unusable)
            {
                log($"{unusable.Message} They are made anew.");
            }
        }

        if (index.Lists == Lists)
        {
            return false;
        }

        index.Cluster(new SearchListOptions { Lists = Lists }, cancellation);
        index.SaveLists(kept);
        log($"{kept}: {index.Count} rows in {Lists} lists");
        return true;
    }

    private static void Require(bool holds, string problem)
    {
        if (!holds)
        {
            throw new UserErrorException(problem);
        }
    }
}
