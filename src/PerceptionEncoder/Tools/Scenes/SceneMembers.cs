using System.Text;
using System.Text.Json;
using PerceptionEncoder.Media.Images;

namespace PerceptionEncoder.Tools.Scenes;

/// <summary>Lays a scene out as the members of a sample.</summary>
internal static class SceneMembers
{
    /// <summary>A training sample as img2dataset stores it: picture, caption, and a record of both.</summary>
    public static SceneMember[] ImageText(string key, Scene scene) =>
    [
        Picture(key, scene),
        Text(key, scene.Caption),
        new($"{key}.json", JsonSerializer.SerializeToUtf8Bytes(new
        {
            key,
            caption = scene.Caption,
            description = scene.Description.FullCaption,
            width = scene.Image.Width,
            height = scene.Image.Height,
        })),
    ];

    /// <summary>A sample of a classification set.</summary>
    public static SceneMember[] Labelled(int index, Scene scene, int label)
        => [Picture(Key(index), scene), new($"{Key(index)}.cls", Encoding.ASCII.GetBytes(label.ToString()))];

    /// <summary>A sample of a retrieval set, with the one caption that is true of no other description.</summary>
    public static SceneMember[] Captioned(int index, Scene scene)
        => [Picture(Key(index), scene), Text(Key(index), scene.Description.FullCaption)];

    /// <summary>A caption.</summary>
    public static SceneMember Text(string key, string caption) => new($"{key}.txt", Encoding.UTF8.GetBytes(caption));

    private static string Key(int index) => $"s{index:D7}";

    private static SceneMember Picture(string key, Scene scene) => new($"{key}.png", PngEncoder.Encode(scene.Image));
}
