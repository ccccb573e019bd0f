using System.Security.Cryptography;
using System.Text;
using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Media.Images;
using PerceptionEncoder.Tests.Data;
using PerceptionEncoder.Tools.Packing;

namespace PerceptionEncoder.Tests.Tools.Packing;

/// <summary>A temporary folder with pictures and tables as people have them.</summary>
internal sealed class OwnData : IDisposable
{
    public string Root { get; } = Directory.CreateTempSubdirectory("pe-pack-").FullName;

    public List<string> Log { get; } = [];

    public string At(string name) => Path.Combine(Root, name);

    /// <summary>A JPEG of noise, another for each name.</summary>
    public string Picture(string name, int width = 12, int height = 8)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(At(name))!);
        var seed = BitConverter.ToUInt64(SHA256.HashData(Encoding.UTF8.GetBytes(name)));
        File.WriteAllBytes(At(name), JpegEncoder.Encode(TestImages.Noise(width, height, 3, seed)));
        return At(name);
    }

    public string Text(string name, params string[] lines)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(At(name))!);
        File.WriteAllText(At(name), string.Concat(lines.Select(line => line + "\n")));
        return At(name);
    }

    /// <summary>A table of so many pictures with captions, of which each third is of one group.</summary>
    public string Table(int count, string name = "pairs.csv")
        => Text(name, ["path,caption,who", .. Enumerable.Range(0, count).Select(i =>
        {
            Picture($"img/{i:D3}.jpg");
            return $"img/{i:D3}.jpg,\"caption {i}, with a comma\",person {i % 3}";
        })]);

    public PackSummary Pack(PackOptions options, Action<PackProgress>? report = null, CancellationToken stop = default)
    {
        Log.Clear();
        return new DataPack(options).Run(Log.Add, report, stop);
    }

    public string Fails(PackOptions options)
    {
        var failure = Assert.Throws<UserErrorException>(() => Pack(options));
        return Assert.Single(failure.Lines);
    }

    /// <summary>The samples of a part: key, and each member with its extension, pictures as a hash.</summary>
    public static string[] Samples(string folder)
        => [.. SampleReader.ReadShards(ShardOrder.Find(folder), new BadSamples()).Select(sample => $"{sample.Key}: " + string.Join(
            "; ",
            sample.Members.OrderBy(member => member.Key, StringComparer.Ordinal).Select(member => $"{member.Key} {Content(member)}")))];

    public static string[] Keys(string folder)
        => [.. SampleReader.ReadShards(ShardOrder.Find(folder), new BadSamples()).Select(sample => sample.Key)];

    /// <summary>Every file below a folder with a hash of its bytes.</summary>
    public static string[] Files(string folder)
        => [.. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
            .Select(path => $"{Path.GetRelativePath(folder, path)} {Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(path)))}")];

    public void Dispose() => Directory.Delete(Root, recursive: true);

    private static string Content(KeyValuePair<string, ReadOnlyMemory<byte>> member)
        => member.Key is "txt" or "cls" or "json"
            ? Encoding.UTF8.GetString(member.Value.Span)
            : Convert.ToHexString(SHA256.HashData(member.Value.Span))[..8];
}
