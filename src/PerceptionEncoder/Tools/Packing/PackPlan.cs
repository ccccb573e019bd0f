using System.Security.Cryptography;
using System.Text;
using PerceptionEncoder.Media;

namespace PerceptionEncoder.Tools.Packing;

/// <summary>What one pass over the rows tells, without a look at their files.</summary>
/// <param name="Rows">How many there are.</param>
/// <param name="Labels">All that occur.</param>
/// <param name="HasClips">Whether any is of a clip.</param>
/// <param name="Fingerprint">Hash of the rows in their order.</param>
internal sealed record PackPlan(long Rows, IReadOnlySet<string> Labels, bool HasClips, string Fingerprint)
{
    private const int MostSplits = 100;

    /// <summary>Makes the pass.</summary>
    /// <exception cref="UserErrorException">There is no row, or there are more parts than anybody means.</exception>
    public static PackPlan Of(string place, IEnumerable<PackRow> rows, CancellationToken cancellation)
    {
        var (count, labels, splits) = (0L, new HashSet<string>(StringComparer.Ordinal), new HashSet<string>(StringComparer.Ordinal));
        var hasClips = false;
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var row in rows)
        {
            cancellation.ThrowIfCancellationRequested();
            count++;
            Add(row.Path, row.Key, row.Split, row.Label ?? "", row.Fault?.Reason ?? "");
            Add([.. row.Captions]);
            hash.AppendData(PackedSample.Json(row.Metadata));
            if (row.Fault is not null)
            {
                continue;
            }

            splits.Add(row.Split);
            hasClips |= MediaFiles.IsVideo(row.File);
            if (row.Label is { } label)
            {
                labels.Add(label);
            }

            if (splits.Count > MostSplits)
            {
                throw new UserErrorException($"{row.Place}: '{row.Split}' is the {splits.Count}th value of the split's column. "
                    + "Name a column with a few values, such as train and test.");
            }
        }

        return count > 0
            ? new PackPlan(count, labels, hasClips, Convert.ToHexStringLower(hash.GetHashAndReset()))
            : throw new UserErrorException($"{place}: has no rows. Give a table with a row for each image or clip.");

        void Add(params ReadOnlySpan<string> texts)
        {
            foreach (var text in texts)
            {
                hash.AppendData(Encoding.UTF8.GetBytes($"{text}\0"));
            }
        }
    }
}
