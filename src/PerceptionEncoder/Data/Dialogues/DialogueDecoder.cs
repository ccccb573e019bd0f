using System.Text.Json;
using PerceptionEncoder.Data.Batches;
using PerceptionEncoder.Data.Samples;
using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Media;
using PerceptionEncoder.Media.Images;
using PerceptionEncoder.Serialization;

namespace PerceptionEncoder.Data.Dialogues;

/// <summary>
/// The decode stage of language alignment: pictures to tiles, clips to frames, a dialogue to tokens. A sample without <c>conversations</c>
/// is a caption, the answer to an empty question. Safe to share between threads.
/// </summary>
/// <param name="format">How a dialogue becomes tokens: <c>ChatFormat.Training</c>.</param>
/// <param name="tiling">How a picture becomes several.</param>
/// <param name="tokensPerChunk">Visual tokens of a tile or frame.</param>
/// <param name="context">Tokens of a dialogue at most.</param>
/// <param name="chunks">Pictures of a dialogue at most, tiles and frames counted one by one.</param>
/// <param name="clips">Reads clips; null where no source has any.</param>
/// <param name="maximumPixels">Larger images are bad samples.</param>
public sealed class DialogueDecoder(
    DialogueFormat format,
    ImageTiling tiling,
    int tokensPerChunk,
    int context,
    int chunks,
    ClipDecoder? clips = null,
    long maximumPixels = IImageDecoder.DefaultMaximumPixels)
{
    /// <summary>Reason of tags that are not as many as pictures.</summary>
    public const string TagsAndPictures = "tags and pictures differ";

    /// <summary>Reason of a dialogue that has more pictures than a sample may.</summary>
    public const string TooManyPictures = "too many pictures";

    /// <summary>Reason of a dialogue none of whose answers fits into the context.</summary>
    public const string NoAnswerFits = "no answer fits";

    private const string JsonMember = "json";
    private const int PathLength = 1000;

    private readonly ImageTiling frames = new(tiling.Side, 1);

    /// <summary>Shows grey in the place of every picture.</summary>
    public bool IsBlind { get; init; }

    /// <summary>A <see cref="SampleDecoder"/> of <see cref="DialogueBatch"/>.</summary>
    public void Decode(Sample sample, SourceOptions source, ulong sampleSeed, SampleFields fields)
    {
        ArgumentNullException.ThrowIfNull(sample);
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(fields);
        var dialogue = DialogueOf(sample, source, sampleSeed);
        var pixels = fields.Of<byte>(DialogueBatch.ImageField);
        var counts = WritePictures(dialogue, sample, source, pixels);
        if (IsBlind)
        {
            pixels.Fill(byte.MaxValue / 2);
        }

        var tokens = format(dialogue.Turns, dialogue.Media, [.. counts.Select(count => count * tokensPerChunk)], context);
        Check(dialogue, tokens, counts);
        var ids = fields.Of<long>(DialogueBatch.TokenField);
        var answers = fields.Of<bool>(DialogueBatch.AnswerField);
        answers.Clear();
        for (var i = 0; i < tokens.Ids.Length; i++)
        {
            ids[i] = tokens.Ids[i];
        }

        foreach (var span in tokens.Responses)
        {
            answers[span.Start..span.End].Fill(true);
        }

        answers[0] = false; // nothing stands before the first token to predict it from
        fields.SetLength(DialogueBatch.TokenField, tokens.Ids.Length);
        fields.SetLength(DialogueBatch.AnswerField, tokens.Ids.Length);

        // A question that does not fit takes its pictures with it.
        fields.SetLength(DialogueBatch.ImageField, tokens.VisualTokens / tokensPerChunk);
    }

    /// <summary>The turns of a source's dialogues in stored order, one pass, without reading its pictures.</summary>
    /// <exception cref="UserErrorException">A shard is missing or cannot be read.</exception>
    internal static IEnumerable<IReadOnlyList<DialogueTurn>> ReadDialogues(SourceOptions source, BadSamples faults, CancellationToken stop)
    {
        var members = SourceOptions.MembersOf(source.Captions).Append(JsonMember).ToHashSet(StringComparer.OrdinalIgnoreCase);
        foreach (var sample in SampleReader.ReadShards(ShardOrder.Find(source.Shards), faults, members))
        {
            stop.ThrowIfCancellationRequested();
            Dialogue dialogue;
            try
            {
                dialogue = DialogueOf(sample, source);
            }
            catch (BadSampleException unusable)
            {
                faults.AddFault(new BadSample(unusable.Reason, sample.Shard, sample.Key, unusable.Message));
                continue;
            }

            yield return dialogue.Turns;
        }
    }

    /// <summary>The dialogue of a sample.</summary>
    /// <param name="sample">As stored.</param>
    /// <param name="source">Of the sample: where captions are, and of which media.</param>
    /// <param name="seed">Of the choice among several captions.</param>
    /// <exception cref="BadSampleException">It has none.</exception>
    internal static Dialogue DialogueOf(Sample sample, SourceOptions source, ulong? seed = null)
    {
        Dialogue? dialogue = null;
        if (sample.Members.TryGetValue(JsonMember, out var json))
        {
            try
            {
                using var document = UserJson.Parse(json);
                dialogue = Dialogue.Parse(document.RootElement);
            }
            catch (Exception error) when (error is JsonException or InvalidOperationException or TextEncodingException)
            {
                var place = error is JsonException { LineNumber: { } line, BytePositionInLine: { } at }
                    ? $"line {line + 1}, byte {at + 1}: "
                    : "";
                throw new BadSampleException(CaptionedImage.DamagedJson, place + ShownText.Of(error.Message));
            }
        }

        dialogue ??= new Dialogue(
            [new(DialogueRole.Human, string.Empty), new(DialogueRole.Assistant, CaptionedImage.FindCaption(sample, source, seed))],
            DialogueMedia.Text,
            []);
        return dialogue is { Media: DialogueMedia.Text, ShowsNothing: false }
            ? dialogue with { Media = MediaOf(sample, source) }
            : dialogue;
    }

    /// <summary>What stands beside the dialogue without being named in it.</summary>
    private static DialogueMedia MediaOf(Sample sample, SourceOptions source)
        => source.Media == MediaKind.Video && (FrameMembers.Of(sample).Count > 0 || source.Videos.Any(sample.Members.ContainsKey))
            ? DialogueMedia.Video
            : source.Images.Any(sample.Members.ContainsKey) ? DialogueMedia.Image
            : DialogueMedia.Text;

    /// <summary>Writes chunk after chunk; returns how many each picture takes.</summary>
    private List<int> WritePictures(Dialogue dialogue, Sample sample, SourceOptions source, Span<byte> pixels)
    {
        var length = 3 * tiling.Side * tiling.Side;
        var counts = new List<int>();
        if (dialogue.Media == DialogueMedia.Video)
        {
            var reader = clips ?? throw new BadSampleException(ClipDecoder.MissingVideo, "this run reads no clips");
            var shown = dialogue.Files is [var clip] && PathOf(clip, sample, source) is { } path
                ? reader.Read(path, dialogue.Part)
                : reader.Read(sample, source.Videos, dialogue.Part);
            RequireRoom(shown.Length);
            for (var i = 0; i < shown.Length; i++)
            {
                frames.Apply(shown[i], pixels.Slice(i * length, length));
            }

            return [shown.Length];
        }

        // A large picture alone takes the one grid; with others beside it each is a single chunk, as published.
        var grid = dialogue.Media == DialogueMedia.Images ? frames : tiling;
        foreach (var file in FilesOf(dialogue, sample, source))
        {
            var image = TransientImage.Decode(ImageDecoders.Default, file.Span, maximumPixels);
            var count = grid.Chunks(image.Width, image.Height);
            RequireRoom(counts.Sum() + count);
            grid.Apply(image, pixels.Slice(counts.Sum() * length, count * length));
            counts.Add(count);
        }

        return counts;

        void RequireRoom(int count)
        {
            if (count > chunks)
            {
                throw new BadSampleException(
                    TooManyPictures,
                    $"it has {count} tiles or frames of {tokensPerChunk} tokens each; this run has room for {chunks}");
            }
        }
    }

    /// <summary>Bytes of the pictures that the dialogue names, or of the one that lies beside it.</summary>
    private static IEnumerable<ReadOnlyMemory<byte>> FilesOf(Dialogue dialogue, Sample sample, SourceOptions source)
    {
        if (dialogue.Media == DialogueMedia.Text)
        {
            return [];
        }

        IEnumerable<string> names = dialogue.Files.Count > 0
            ? dialogue.Files
            : source.Images.Where(sample.Members.ContainsKey).Take(1);
        return names.Select(name => MemberOf(name, sample, source));
    }

    /// <summary>A member whose extension is the whole file name, or what is behind the name's first dot; or a file of the source.</summary>
    private static ReadOnlyMemory<byte> MemberOf(string name, Sample sample, SourceOptions source)
    {
        if (PathOf(name, sample, source) is { } path)
        {
            try
            {
                return UserFile.ReadAllBytes(path, UserFile.MediaLimit);
            }
            catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
            {
                throw new BadSampleException(
                    CaptionedImage.MissingImage,
                    $"{ShownText.Cut(path, PathLength)} cannot be read ({ShownText.Cut(failure.Message, PathLength)})");
            }
        }

        var file = Path.GetFileName(name);
        var dot = file.IndexOf('.', StringComparison.Ordinal);
        string[] places = [file.ToLowerInvariant(), dot < 0 ? file : file[(dot + 1)..].ToLowerInvariant()];
        return Array.Find(places, sample.Members.ContainsKey) is { } place ? sample.Members[place]
            : throw new BadSampleException(
                CaptionedImage.MissingImage,
                $"{ShownText.Of(name)} is not among {sample.List()}; known extensions are {string.Join(", ", source.Images.Take(8))}");
    }

    /// <summary>Where a file lies that a line of JSONL names; null for a sample of a tar, which has its files with it.</summary>
    private static string? PathOf(string name, Sample sample, SourceOptions source)
        => !LineReader.IsLines(sample.Shard) ? null
            : name.Contains('\0', StringComparison.Ordinal)
                ? throw new BadSampleException(CaptionedImage.MissingImage, "its name holds a NUL character")
            : Path.Combine(source.Root ?? Path.GetDirectoryName(Path.GetFullPath(sample.Shard))!, name);

    /// <exception cref="BadSampleException">Pictures and tags do not go together, or nothing is left to learn.</exception>
    private void Check(Dialogue dialogue, DialogueTokens tokens, List<int> counts)
    {
        var tags = dialogue.Media == DialogueMedia.Images ? Dialogue.TagsOf(dialogue.Turns) : counts.Count;
        if (tags != counts.Count)
        {
            throw new BadSampleException(
                TagsAndPictures,
                $"{counts.Count} pictures, {tags} times {Dialogue.ImageTag} in the questions; write one where each picture stands");
        }

        if (counts.Count > 0 && dialogue.Turns[0].Role == DialogueRole.Assistant && dialogue.Media != DialogueMedia.Images)
        {
            throw new BadSampleException(TagsAndPictures, "the dialogue begins with an answer, before which no picture can stand");
        }

        if (tokens.Responses.All(span => span.End <= 1))
        {
            throw new BadSampleException(
                NoAnswerFits,
                $"{tokens.Ids.Length} of {context} tokens are taken, {tokens.VisualTokens} of them by {counts.Sum()} tiles or frames of "
                + $"{tokensPerChunk} each; no answer fits behind them");
        }
    }
}
