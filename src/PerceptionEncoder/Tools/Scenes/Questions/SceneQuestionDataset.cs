using System.Text.Encodings.Web;
using System.Text.Json;
using PerceptionEncoder.Media.Images;
using PerceptionEncoder.Serialization;

namespace PerceptionEncoder.Tools.Scenes.Questions;

/// <summary>
/// Questions about scenes, to train and to try a language model that sees. Written byte for byte the same for the same arguments.
/// </summary>
/// <remarks>
/// <c>train/{00000..}.tar</c> holds dialogues: <c>KEY.png</c> and <c>KEY.json</c> with <c>conversations</c>. <c>captions/{00000..}.tar</c>
/// holds the same of scenes and their captions, with <c>KEY.txt</c> beside: for an encoder's pretraining and the projector's warm-up.
/// <c>test/qa.jsonl</c> and <c>test/png</c> hold one question a line with its answers; no scene of it occurs in the others;
/// <c>held-out/{00000..}.tar</c> holds the same as dialogues.
/// </remarks>
public static class SceneQuestionDataset
{
    /// <summary>Samples of a shard.</summary>
    public const int SamplesPerShard = 5000;

    private static readonly JsonSerializerOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes the three sets into a new or empty folder.</summary>
    /// <param name="folder">Made if absent.</param>
    /// <param name="trainCount">Training questions.</param>
    /// <param name="captionCount">Pictures with captions.</param>
    /// <param name="testCount">Held-out questions: a multiple of <see cref="SceneQuestions.Cycle"/> has all answers equally often.</param>
    /// <param name="seed">Seed of all sets; which scenes are held out does not depend on it.</param>
    /// <param name="size">Side of the pictures in pixels.</param>
    /// <param name="progress">Told the number of samples written so far.</param>
    /// <param name="cancellation">Stops the writing; an unfinished shard keeps a name that ends in <c>.partial</c>.</param>
    /// <exception cref="UserErrorException">A count is not positive, the folder has files in it, or it cannot be written.</exception>
    public static void Write(
        string folder,
        int trainCount,
        int captionCount,
        int testCount,
        ulong seed,
        int size = SceneGenerator.DefaultSize,
        IProgress<int>? progress = null,
        CancellationToken cancellation = default)
    {
        if (trainCount < 1 || captionCount < 1 || testCount < 1)
        {
            throw new UserErrorException($"scene questions: {trainCount} training questions, {captionCount} captions and {testCount} test "
                + "questions asked for; give at least 1 of each.");
        }

        try
        {
            if (Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any())
            {
                throw new UserErrorException($"{folder}: not empty; name a new folder for the questions or delete this one first.");
            }

            var writer = new SceneShardWriter(seed, size, progress, cancellation);
            Shards(writer, Path.Combine(folder, "train"), trainCount, index => Dialogue(index, seed, size));
            Shards(writer, Path.Combine(folder, "captions"), captionCount, index => Caption(index, seed, size));
            Shards(writer, Path.Combine(folder, "held-out"), testCount, index => HeldOut(index, seed, size));
            WriteTest(Path.Combine(folder, "test"), testCount, seed, size, cancellation);
        }
        catch (Exception problem) when (AtomicFolder.IsRefusal(problem))
        {
            throw new UserErrorException(
                $"{folder}: the questions cannot be written ({problem.Message}); make room or name another folder.",
                problem);
        }
    }

    private static void Shards(SceneShardWriter writer, string folder, int count, Func<long, SceneMember[]> sample)
    {
        for (var (shard, first) = (0, 0); first < count; shard++, first += SamplesPerShard)
        {
            var start = first;
            writer.Write(
                Path.Combine(folder, $"{shard:D5}.tar"),
                Math.Min(SamplesPerShard, count - first),
                within => sample(start + within));
        }
    }

    private static SceneMember[] Dialogue(long index, ulong seed, int size)
    {
        var question = SceneQuestions.Draw(seed, index, SceneSplit.Train);
        return Members(index, Picture(question.Scene, seed, index, size), question.Text, question.Answer);
    }

    private static SceneMember[] HeldOut(long index, ulong seed, int size)
    {
        var question = SceneQuestions.Draw(seed, index, SceneSplit.Test);
        return Members(index, Picture(question.Scene, seed + 2, index, size), question.Text, question.Answer);
    }

    private static SceneMember[] Caption(long index, ulong seed, int size)
    {
        // Neither what is held out of the questions, nor of the scenes' own sets.
        SceneDescription description;
        var draw = index;
        do
        {
            description = SceneGenerator.Describe(seed + 1, draw, SceneSplit.Train);
            draw += 1L << 32;
        }
        while (SceneQuestions.SplitOf(description) != SceneSplit.Train);
        var scene = SceneGenerator.Render(description, seed + 1, index, size);
        var members = Members(index, scene.Image, "describe the picture.", scene.Caption);
        return [.. members, SceneMembers.Text(Path.GetFileNameWithoutExtension(members[0].Name), scene.Caption)];
    }

    private static SceneMember[] Members(long index, DecodedImage picture, string question, string answer)
    {
        var key = $"{index / SamplesPerShard:D5}{index % SamplesPerShard:D4}";
        return
        [
            new($"{key}.png", PngEncoder.Encode(picture)),
            new($"{key}.json", JsonSerializer.SerializeToUtf8Bytes(
                new
                {
                    conversations = new object[]
                    {
                        new { from = "human", value = "<image>\n" + question },
                        new { from = "assistant", value = answer },
                    },
                },
                Json)),
        ];
    }

    private static void WriteTest(string folder, int count, ulong seed, int size, CancellationToken cancellation)
    {
        Directory.CreateDirectory(Path.Combine(folder, "png"));
        var lines = new string[count];
        Parallel.For(0, count, new ParallelOptions { CancellationToken = cancellation }, index =>
        {
            var question = SceneQuestions.Draw(seed, index, SceneSplit.Test);
            var name = $"png/{index:D6}.png";
            File.WriteAllBytes(Path.Combine(folder, name), PngEncoder.Encode(Picture(question.Scene, seed + 2, index, size)));
            lines[index] = JsonSerializer.Serialize(
                new
                {
                    question_id = index,
                    image = name,
                    question = question.Text,
                    answers = new[] { question.Answer },
                    question_type = JsonNamingPolicy.SnakeCaseLower.ConvertName(question.Kind.ToString()),
                },
                Json);
        });
        File.WriteAllText(Path.Combine(folder, "qa.jsonl"), string.Join('\n', lines) + "\n");
    }

    private static DecodedImage Picture(SceneDescription scene, ulong seed, long index, int size)
        => SceneGenerator.Render(scene, seed, index, size).Image;
}
