using PerceptionEncoder.Inference;
using PerceptionEncoder.Models.Language;
using PerceptionEncoder.Tests.Golden;
using PerceptionEncoder.Tests.Models.Language;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tests.Inference;

public class TokenGeneratorTests
{
    private const int ImageToken = 1000;                                         // none that the model knows

    private static readonly GenerationOptions Drawn = new() { MaxNewTokens = 12, Temperature = 1.3, TopP = 0.95, Seed = 4 };

    [SkippableTheory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_trained_decoder_tells_the_recorded_stories_in_one_batch(bool useCache)
    {
        var recorded = TinyLlama.Recorded().GetProperty("continuations").EnumerateArray().ToArray();
        using var model = TinyLlama.Load("hf");
        var prompts = recorded.Select(story => Prompt(TinyLlama.Ids(story.GetProperty("prompt_ids")))).ToArray();
        var count = recorded[0].GetProperty("greedy_ids").GetArrayLength();
        var answers = Generator(model, useCache).Generate(prompts, new GenerationOptions { MaxNewTokens = count }, null, default);
        Assert.All(recorded.Zip(answers), pair =>
        {
            var prompt = pair.First.GetProperty("prompt_ids").GetArrayLength();
            var told = TinyLlama.Ids(pair.First.GetProperty("greedy_ids"));
            var likelihoods = pair.First.GetProperty("negative_log_likelihood").EnumerateArray().Skip(prompt - 1)
                .Select(each => each.GetDouble());
            Assert.Equal(told, pair.Second.Ids.Select(id => (long)id));
            Assert.Equal(GenerationEnd.Length, pair.Second.End);
            Assert.InRange(Math.Abs(pair.Second.LogProbability + likelihoods.Sum()), 0, 2e-4 * told.Length);
        });
    }

    [SkippableFact]
    public void Beams_are_the_recorded_ones()
    {
        var recorded = TinyLlama.Recorded().GetProperty("beam");
        using var model = TinyLlama.Load("meta");
        var options = new GenerationOptions
        {
            MaxNewTokens = recorded.GetProperty("steps").GetInt32(),
            Beams = recorded.GetProperty("width").GetInt32(),
        };
        var best = Generator(model).Generate([Prompt(TinyLlama.Ids(recorded.GetProperty("prompt_ids")))], options, null, default)[0];
        var expected = recorded.GetProperty("beams").EnumerateArray().ToArray();
        Assert.Equal(expected.Length, best.Beams.Count);
        Assert.All(expected.Zip(best.Beams), pair =>
        {
            Assert.Equal(TinyLlama.Ids(pair.First.GetProperty("ids")), pair.Second.Ids.Select(id => (long)id));
            Assert.InRange(Math.Abs(pair.First.GetProperty("log_probability").GetDouble() - pair.Second.LogProbability), 0, 2e-4);
        });
        Assert.Equal(best.Ids, best.Beams[0].Ids);
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1.3, 1)]
    [InlineData(0, 1.4)]
    public void An_answer_is_the_same_alone_and_among_others_with_and_without_a_cache(double temperature, double penalty)
    {
        using var model = SmallLanguageModel.Build(SmallLanguageModel.Seeing);
        using var picture = linspace(-1, 1, 2 * 3 * 16 * 16).view(2, 3, 16, 16);
        GenerationPrompt[] prompts =
        [
            Prompt(5, 17, 44, 2, 90),
            new([3, .. Enumerable.Repeat(ImageToken, 8), 21, 7], picture),
            Prompt(11),
            Prompt(5, 17, 44, 2, 91, 60, 61, 62, 63),
        ];
        var options = Drawn with { Temperature = temperature, RepetitionPenalty = penalty };
        int[] stop = [13, 40, 77];                                               // rows end at different steps
        var together = Generator(model, stop: stop).Generate(prompts, options, null, default);
        var apart = Generator(model, stop: stop).Generate(prompts, options with { BatchTokens = 1 }, null, default);
        var plain = Generator(model, useCache: false, stop).Generate(prompts, options, null, default);
        Assert.All(Enumerable.Range(0, prompts.Length), i =>
        {
            Assert.Equal(together[i].Ids, apart[i].Ids);
            Assert.Equal(together[i].Ids, plain[i].Ids);
            Assert.Equal(together[i].End, plain[i].End);
            Assert.Equal(together[i].LogProbability, plain[i].LogProbability, 1e-3);
        });
        Assert.True(together.Select(answer => string.Join(' ', answer.Ids)).Distinct().Count() > 1);
    }

    [Fact]
    public void Another_seed_draws_another_answer_and_the_same_seed_the_same()
    {
        using var model = SmallLanguageModel.Build();
        Assert.Equal(Draw(4), Draw(4));
        Assert.NotEqual(Draw(4), Draw(5));

        IReadOnlyList<int> Draw(int seed) => Generator(model).Generate([Prompt(5, 17)], Drawn with { Seed = seed }, null, default)[0].Ids;
    }

    [Fact]
    public void An_answer_ends_at_a_stop_token_even_the_first_at_its_length_at_a_listeners_wish_and_when_cancelled()
    {
        using var model = SmallLanguageModel.Build();
        GenerationPrompt[] prompts = [Prompt(5, 17)];
        var free = Generate(null, default).Ids;
        Assert.Equal(8, free.Count);
        Assert.Equal((0, GenerationEnd.Stop), Found(Generate(null, default, free[0])));
        var other = free.First(id => id != free[0]);
        Assert.Equal((free.ToList().IndexOf(other), GenerationEnd.Stop), Found(Generate(null, default, other)));
        Assert.Equal((3, GenerationEnd.Stop), Found(Generate(Take(3), default)));

        using var cancelled = new CancellationTokenSource();
        Assert.Equal((2, GenerationEnd.Cancelled), Found(Generate(CancelAt(2), cancelled.Token)));

        GeneratedTokens Generate(Func<int, int, bool>? took, CancellationToken token, params int[] stop)
            => Generator(model, stop: stop).Generate(prompts, Drawn with { MaxNewTokens = 8 }, took, token)[0];

        static (int Count, GenerationEnd End) Found(GeneratedTokens answer) => (answer.Ids.Count, answer.End);

        static Func<int, int, bool> Take(int count) => (_, _) => --count == 0;

        Func<int, int, bool> CancelAt(int count) => (_, _) =>
        {
            if (--count == 0)
            {
                cancelled.Cancel();
            }

            return false;
        };
    }

    [Fact]
    public void A_context_ends_an_answer_and_refuses_a_prompt_that_fills_it()
    {
        using var model = SmallLanguageModel.Build(SmallLanguageModel.Seeing);
        var answer = Generator(model).Generate([Prompt([.. Enumerable.Repeat(7L, 60)])], new GenerationOptions(), null, default)[0];
        Assert.Equal((4, GenerationEnd.Length), (answer.Ids.Count, answer.End));

        Assert.Contains("64 tokens, and the model's context of 64", Refused(Prompt([.. Enumerable.Repeat(7L, 64)])));
        using var pictures = zeros([20, 3, 16, 16]);
        Assert.Contains(
            "81 tokens (20 pictures, tiles or frames of 4 tokens each)",
            Refused(new([5, .. Enumerable.Repeat(ImageToken, 80)], pictures)));
        Assert.Contains("3 places", Refused(new([5, ImageToken, ImageToken, ImageToken], pictures)));
        Assert.Contains("id 97", Refused(Prompt(97)));
        Assert.Contains("no token", Refused(Prompt()));

        string Refused(GenerationPrompt prompt)
            => Assert.Throws<UserErrorException>(() => Generator(model).Generate([prompt], new GenerationOptions(), null, default)).Message;
    }

    [Fact]
    public void Options_out_of_range_are_one_line()
    {
        using var model = SmallLanguageModel.Build();
        GenerationOptions[] wrong =
        [
            new() { MaxNewTokens = 0 }, new() { Temperature = -1 }, new() { Temperature = double.NaN }, new() { TopP = 1.5 },
            new() { TopK = 0 }, new() { Beams = 0 }, new() { Beams = 2, Temperature = 1 }, new() { RepetitionPenalty = 0.5 },
            new() { LengthPenalty = -1 }, new() { StopSequences = [""] }, new() { BatchTokens = 0 },
        ];
        Assert.All(
            wrong,
            options => Assert.Throws<UserErrorException>(() => Generator(model).Generate([Prompt(1)], options, null, default)));
    }

    [Theory]
    [InlineData(true, 1)]
    [InlineData(false, 1)]
    [InlineData(true, 3)]
    public void Tensors_do_not_pile_up_over_an_answer_and_none_is_left(bool useCache, int beams)
    {
        using var model = SmallLanguageModel.Build(SmallLanguageModel.Text with
        {
            Decoder = SmallLanguageModel.Text.Decoder with { ContextLength = 400 },
        });
        var generator = Generator(model, useCache);
        generator.Generate([Prompt(3), Prompt(4, 5)], new GenerationOptions { MaxNewTokens = 4, Beams = beams }, null, default);
        var before = LiveTensors.Count();
        List<long> counts = [];
        generator.Generate(
            [Prompt(3), Prompt(4, 5)],
            new GenerationOptions { MaxNewTokens = 120, Beams = beams },
            (_, _) =>
            {
                counts.Add(Tensor.TotalCount);
                return false;
            },
            default);
        Assert.Equal(before, LiveTensors.Count());
        Assert.True(beams > 1 || counts[^1] <= counts[20] + 4, $"{counts.FirstOrDefault()} tensors became {counts.LastOrDefault()}");
    }

    private static TokenGenerator Generator(LanguageModel model, bool useCache = true, params int[] stop)
        => new(model, ImageToken, stop) { UseCache = useCache };

    private static GenerationPrompt Prompt(params long[] ids) => new([.. ids.Select(id => (int)id)]);
}
