using PerceptionEncoder.Data.Remote;
using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Media.Images;
using PerceptionEncoder.Media.Video;
using PerceptionEncoder.Tools.VideoEngine.Captioning;
using PerceptionEncoder.Tools.VideoEngine.Clips;
using PerceptionEncoder.Tools.VideoEngine.Prompts;
using static System.FormattableString;

namespace PerceptionEncoder.Tools.VideoEngine.Selection;

/// <summary>
/// Asks a multimodal model yes/no questions about clips [A.2.1]; every answer is recorded when it comes, and none is asked for twice.
/// </summary>
/// <param name="config">What is asked, and whom.</param>
/// <param name="captioner">Who answers.</param>
/// <param name="file">Where answers are and go.</param>
/// <param name="reader">Decodes clips.</param>
internal sealed class ClipQuestioning(ClipQuestionsConfig config, ICaptioner captioner, AnswersFile file, IVideoReader reader)
{
    private const int MostShown = 80;
    private const string Unreadable = "unreadable clip";
    private const string Form = "\n\nThe pictures are frames of one video clip, in order. Answer with one word: yes or no.";
    private const string Again = "\n\nYour last answer began with neither of them. Write nothing but the word yes or the word no.";

    private readonly Lock gate = new();
    private readonly SortedDictionary<string, long> failed = new(StringComparer.Ordinal);
    private readonly string[] hashes = [.. config.Questions.Select(config.HashOf)];
    private readonly ClipFrames frames = new(new Lazy<IVideoReader>(() => reader), config.ShortSide);
    private readonly RunStop stop = new();
    private readonly FailureStreak failures = new("captioner");
    private long calls;

    /// <summary>Asks what is open, and gives each of the clips its answers.</summary>
    /// <param name="paths">Shards, of which those that hold an open clip are read once more.</param>
    /// <param name="clips">All; those that are asked about are replaced by such with answers.</param>
    /// <param name="asked">Indices of those that are asked about; for the others nothing is known.</param>
    /// <param name="log">Takes a line on what is asked.</param>
    /// <param name="cancellation">Stops; at most the calls under way are made again.</param>
    /// <exception cref="UserErrorException">Nothing more can be asked; what was answered is kept.</exception>
    public QuestionsSummary Ask(
        IReadOnlyList<string> paths,
        MeasuredClip[] clips,
        IReadOnlyList<int> asked,
        Action<string> log,
        CancellationToken cancellation)
    {
        var open = asked.Where(clip => Open(clips[clip]).Any()).ToDictionary(clip => clips[clip].Source, clip => clips[clip]);
        if (open.Count > 0)
        {
            log(Invariant($"{open.Values.Sum(clip => Open(clip).Count())} questions about {open.Count} clips go to {captioner.Model}"));
            AskAsync(paths, open, cancellation).GetAwaiter().GetResult();
        }

        if (stop.Reason is { } reason)
        {
            throw reason;
        }

        for (var clip = 0; clip < clips.Length; clip++)
        {
            clips[clip] = clips[clip] with { Answers = [.. config.Questions.Select(question => new ClipAnswer(question, null))] };
        }

        foreach (var clip in asked)
        {
            var places = Places(clips[clip]);
            var answers = places.Select(place => new ClipAnswer(place.Question, file[place.To.Place].IsYes));
            clips[clip] = clips[clip] with { Answers = [.. answers] };
        }

        return new QuestionsSummary(
            captioner.Model,
            calls,
            file.Spent.Tokens,
            file.Spent.Cost,
            [.. config.Questions.Select((question, index) => new QuestionSummary(
                question.Name,
                asked.Count(clip => clips[clip].Answers[index].IsYes == true),
                asked.Count(clip => clips[clip].Answers[index].IsYes == false),
                asked.Count(clip => clips[clip].Answers[index].IsYes is null)))],
            failed);
    }

    /// <summary>What the first word says; null where it is neither yes nor no.</summary>
    internal static bool? IsYes(string answer)
    {
        var word = string.Concat(answer.SkipWhile(letter => !char.IsLetter(letter)).TakeWhile(char.IsLetter));
        return word.Equals("yes", StringComparison.OrdinalIgnoreCase) ? true
            : word.Equals("no", StringComparison.OrdinalIgnoreCase) ? false
            : null;
    }

    private IEnumerable<(ClipQuestion Question, RecordedClipAnswer To)> Places(MeasuredClip clip) => config.Questions
        .Zip(hashes, (question, hash) => (question, RecordedClipAnswer.To(clip, question, hash, captioner.Model)));

    private IEnumerable<(ClipQuestion Question, RecordedClipAnswer To)> Open(MeasuredClip clip)
        => Places(clip).Where(place => file[place.To.Place] is { IsYes: null, Count: < AnswersFile.MostAttempts });

    private async Task AskAsync(IReadOnlyList<string> paths, Dictionary<string, MeasuredClip> open, CancellationToken cancellation)
    {
        var shards = open.Values.Select(clip => clip.Shard).ToHashSet(StringComparer.Ordinal);
        var left = open.Keys.ToHashSet(StringComparer.Ordinal);
        var samples = SampleReader.ReadShards(paths.Where(path => shards.Contains(ShardAddress.Shown(path))), new BadSamples())
            .TakeWhile(_ => stop.Reason is null)
            .Where(sample => left.Remove($"{sample.Shard}:{sample.Key}"));
        await Parallel.ForEachAsync(
            samples,
            new ParallelOptions { MaxDegreeOfParallelism = config.Captioner.CallsAtOnce, CancellationToken = cancellation },
            async (sample, cancelled) =>
            {
                try
                {
                    await AskAsync(sample, open[$"{sample.Shard}:{sample.Key}"], cancelled).ConfigureAwait(false);
                }
                catch (UserErrorException failure)
                {
                    stop.Because(failure);
                }
            }).ConfigureAwait(false);
    }

    private async Task AskAsync(Sample sample, MeasuredClip clip, CancellationToken cancellation)
    {
        DecodedImage[] pictures;
        try
        {
            var read = frames.Read(
                EngineClip.OfSample(new ClipEntry(clip.Key, clip.Source, clip.Source), sample, ClipMetadata.None),
                config.Frames,
                cancellation);
            pictures = [.. read.Frames.Select(frame => frame.Picture)];
        }
        catch (BadSampleException)
        {
            Fail(Unreadable);
            return;
        }

        await Task.WhenAll(Open(clip).ToArray().Select(place => AskAsync(place.Question, place.To, pictures, cancellation)))
            .ConfigureAwait(false);
    }

    private async Task AskAsync(ClipQuestion question, RecordedClipAnswer to, DecodedImage[] pictures, CancellationToken cancellation)
    {
        while (file[to.Place] is { IsYes: null, Count: < AnswersFile.MostAttempts and var before } && MayBegin())
        {
            var text = question.Ask.Trim() + Form + (before > 0 ? Again : "");
            CaptionAnswer? answer;
            try
            {
                answer = await captioner.AskAsync(new CaptionQuestion(text, pictures), MayBegin, cancellation).ConfigureAwait(false);
            }
            catch (CaptionFailureException failure)
            {
                Fail(failure);
                return;
            }

            if (answer is null)
            {
                return;
            }

            var clean = AnswerText.Clean(answer.Text);
            file.Add(to with
            {
                IsYes = answer.IsRefusal ? null : IsYes(clean),
                Text = clean.Length > MostShown ? clean[..MostShown] : clean,
                InputTokens = answer.InputTokens,
                OutputTokens = answer.OutputTokens,
                Cost = config.Captioner.Cost(answer.InputTokens, answer.OutputTokens),
            });
            failures.End();
            Interlocked.Increment(ref calls);
        }
    }

    private bool MayBegin()
    {
        var (tokens, cost) = file.Spent;
        if (config.Budget.Exhausted(tokens, cost) is { } exhausted)
        {
            stop.Because(new UserErrorException($"{exhausted}. Raise it, and run again: what is answered stays."));
        }

        return stop.Reason is null;
    }

    private void Fail(CaptionFailureException failure)
    {
        Fail(failure.Reason);
        if (failures.Add(failure) is { } enough)
        {
            stop.Because(enough);
        }
    }

    private void Fail(string reason)
    {
        lock (gate)
        {
            failed[reason] = failed.GetValueOrDefault(reason) + 1;
        }
    }
}
