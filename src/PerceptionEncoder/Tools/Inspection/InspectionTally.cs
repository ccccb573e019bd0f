using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using PerceptionEncoder.Data.Samples;
using PerceptionEncoder.Data.Shards;

namespace PerceptionEncoder.Tools.Inspection;

/// <summary>Sums up looks at samples, in their order: the same shards give the same report whatever the number of threads.</summary>
/// <param name="places">Says in which order texts are listed.</param>
internal sealed class InspectionTally(SampleTexts places)
{
    private const int MostListed = 40;
    private const string MissingMedia = "missing image or clip";
    private const string Nothing = "neither picture nor caption";

    private readonly CountTally kinds = new(withBytes: true);
    private readonly CountTally members = new(withBytes: true);
    private readonly CountTally fields = new();
    private readonly CountTally formats = new();
    private readonly CountTally resolutions = new();
    private readonly Distribution shortSides = new(1);
    private readonly Distribution proportions = new(0.05);
    private readonly Distribution seconds = new(0.1);
    private readonly Distribution frames = new(1);
    private readonly Distribution frameRates = new(0.5);
    private readonly Dictionary<string, TextTally> texts = new(StringComparer.Ordinal);
    private readonly DuplicateTally contents = new();
    private readonly DuplicateTally captions = new();
    private readonly DuplicateTally keys = new();
    private readonly ProblemTally problems = new();
    private readonly ProblemTally withoutMedia = new();
    private readonly ProblemTally withoutCaption = new();
    private readonly ProblemTally withoutBoth = new();
    private long bytes;
    private long bad;
    private bool hasMedia;
    private bool hasCaptions;

    /// <summary>Samples so far.</summary>
    public long Samples { get; private set; }

    /// <summary>Counts a fault of a shard.</summary>
    public void Add(BadSample fault) => problems.Add(fault);

    /// <summary>Counts a sample.</summary>
    public void Add(Sample sample, SampleLook look)
    {
        Samples++;
        var size = look.Members.Sum(member => member.Bytes);
        bytes += size;
        kinds.Add(JsonNamingPolicy.SnakeCaseLower.ConvertName(look.Kind.ToString()), size);
        foreach (var named in look.Members.GroupBy(member => NameOf(member.Extension, look.Kind), member => member.Bytes))
        {
            members.Add(named.Key, named.Sum());
        }

        foreach (var (name, holds) in look.Fields)
        {
            fields.Add($"{name} ({holds})");
        }

        AddPicture(look);
        foreach (var place in look.Texts.GroupBy(text => text.Place))
        {
            if (!texts.TryGetValue(place.Key, out var tally))
            {
                texts.Add(place.Key, tally = new TextTally());
            }

            tally.Add(place);
        }

        AddDuplicates(new InspectedSample(sample.Shard, sample.Key), look);
        AddProblems(sample, look);
    }

    /// <summary>Everything so far.</summary>
    /// <param name="shards">As they were named.</param>
    /// <param name="shardCount">Files that these stand for.</param>
    public InspectionReport Summarize(IReadOnlyList<string> shards, int shardCount)
    {
        // A set of labels or of dialogues has no captions, one of texts no pictures: only where others have some is one missing.
        foreach (var (absent, isMissed) in
            ((ProblemTally, bool)[])[(withoutMedia, hasMedia), (withoutCaption, hasCaptions), (withoutBoth, hasMedia || hasCaptions)])
        {
            if (isMissed)
            {
                problems.Add(absent);
                bad += absent.Count;
            }
        }

        return new InspectionReport
        {
            Shards = shards,
            ShardCount = shardCount,
            Samples = Samples,
            Bytes = bytes,
            Kinds = kinds.Summarize(int.MaxValue),
            Members = members.Summarize(MostListed),
            Fields = fields.Summarize(MostListed),
            Formats = formats.Summarize(MostListed),
            Resolutions = resolutions.Summarize(MostListed),
            ShortSide = shortSides.Summarize(),
            Proportion = proportions.Summarize(),
            Seconds = seconds.Summarize(),
            Frames = frames.Summarize(),
            FrameRate = frameRates.Summarize(),
            Captions = [.. texts.OrderBy(text => places.Rank(text.Key)).Select(text => text.Value.Summarize(text.Key))],
            SameContent = contents.Summarize(),
            SameCaption = captions.Summarize(),
            SameKey = keys.Summarize(),
            Bad = bad,
            Problems = problems.Summarize(),
        };
    }

    /// <summary>Stored frames are one kind of member: their numbers say nothing.</summary>
    private static string NameOf(string extension, SampleKind kind)
        => kind == SampleKind.StoredFrames && extension.StartsWith("frame", StringComparison.Ordinal)
            ? $"frameNN{Path.GetExtension(extension)}"
            : extension;

    private void AddPicture(SampleLook look)
    {
        if (look.Format is { } format)
        {
            formats.Add(format);
        }

        if (look is { Width: > 0, Height: > 0 })
        {
            resolutions.Add(string.Create(CultureInfo.InvariantCulture, $"{look.Width}x{look.Height}"));
            shortSides.Add(Math.Min(look.Width, look.Height));
            proportions.Add((double)look.Width / look.Height);
        }

        if (look.Seconds > 0)
        {
            seconds.Add(look.Seconds);
        }

        if (look.Frames > 0)
        {
            frames.Add(look.Frames);
        }

        if (look is { Seconds: > 0, Frames: > 0 })
        {
            frameRates.Add(look.Frames / look.Seconds);
        }
    }

    private void AddDuplicates(InspectedSample sample, SampleLook look)
    {
        var caption = look.Caption?.Text ?? "";
        keys.Add(Hash(sample.Key!), sample, sample.Key!);
        if (look.Content is { } content)
        {
            contents.Add(content, sample, caption);
        }

        if (caption.Length > 0)
        {
            captions.Add(Hash(OneSpace(caption).ToLowerInvariant()), sample, caption);
        }
    }

    private void AddProblems(Sample sample, SampleLook look)
    {
        var (isMedia, isCaption) = (look.Kind != SampleKind.Text, look.Caption is not null);
        (hasMedia, hasCaptions) = (hasMedia || isMedia, hasCaptions || isCaption);
        foreach (var problem in look.Problems)
        {
            problems.Add(problem);
        }

        if (look.Problems.Any(problem => ProblemTally.IsLeftOut(problem.Reason)))
        {
            bad++;
            return;
        }

        var absent = isMedia ? withoutCaption : isCaption ? withoutMedia : withoutBoth;
        if (!isMedia || !isCaption)
        {
            absent.Add(new BadSample(
                isCaption ? MissingMedia : isMedia ? CaptionedImage.MissingCaption : Nothing,
                sample.Shard,
                sample.Key,
                $"none among {sample.List()}"));
        }
    }

    private static string OneSpace(string text)
        => string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

    private static UInt128 Hash(string text)
        => BinaryPrimitives.ReadUInt128BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
