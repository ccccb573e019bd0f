using System.Text.Json;
using System.Text.Json.Nodes;
using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Media.Images;
using PerceptionEncoder.Tools.VideoEngine.Refinement;

namespace PerceptionEncoder.Tests.Tools.VideoEngine.Refinement;

/// <summary>A temporary folder with shards of clips, as the engine writes them, and the state of their review.</summary>
internal sealed class ReviewedClips : IDisposable
{
    public string Folder { get; } = Directory.CreateTempSubdirectory("pe-review-").FullName;

    public string State => At("reviews.sqlite");

    public string At(string name) => Path.Combine(Folder, name);

    public static string Key(int index) => $"{index:D5}";

    public static string Draft(int index) => $"A dog number {index} runs over green grass, and a cat sleeps.";

    /// <summary>A shard of stored frames and their JSON.</summary>
    /// <param name="count">Clips.</param>
    /// <param name="name">Of the file.</param>
    /// <param name="change">Changes a clip's JSON.</param>
    /// <param name="clip">Extension and bytes of a clip in place of the frames; null for frames.</param>
    public string Write(
        int count,
        string name = "clips.tar",
        Action<int, JsonObject>? change = null,
        Func<int, (string Extension, byte[] Data)?>? clip = null)
    {
        using var writer = new ShardWriter(At(name));
        for (var i = 0; i < count; i++)
        {
            var json = new JsonObject
            {
                ["caption"] = Draft(i),
                ["model_caption"] = $"Clip caption {i}.",
                ["frame_captions"] = new JsonArray(
                    new JsonObject { ["index"] = 0, ["seconds"] = 0.5, ["caption"] = $"Frame caption {i}." }),
                ["title"] = $"Title {i}",
            };
            change?.Invoke(i, json);
            (string, ReadOnlyMemory<byte>)[] pictures = clip?.Invoke(i) is { } file
                ? [(file.Extension, file.Data)]
                : [.. Enumerable.Range(0, 2)
                    .Select(index => (FrameMembers.Extension(index, "jpg"), (ReadOnlyMemory<byte>)Frame(i, index)))];
            writer.Write(Key(i), [.. pictures, ("json", JsonSerializer.SerializeToUtf8Bytes(json))]);
        }

        return At(name);
    }

    public static byte[] Frame(int clip, int index)
        => JpegEncoder.Encode(new Canvas(64, 48, ((byte)(40 * clip), (byte)(100 * index), 90)).ToImage());

    /// <summary>What the state says, opened by itself.</summary>
    public IReadOnlyList<StoredReview> Reviews()
    {
        using var store = ReviewStore.Open(State, create: false);
        return store.Reviews();
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
