using PerceptionEncoder.Data.Batches;
using PerceptionEncoder.Data.Samples;
using PerceptionEncoder.Data.Shards;
using PerceptionEncoder.Models.Clip;
using PerceptionEncoder.Objectives;
using PerceptionEncoder.Optimization;
using PerceptionEncoder.Tensors;
using PerceptionEncoder.Tests.Training;
using PerceptionEncoder.Tools.Doctor;
using PerceptionEncoder.Training;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tests.Objectives;

public sealed class ContrastiveObjectiveTests
{
    private const int Side = 16;

    public ContrastiveObjectiveTests() => TorchRuntime.Initialize();

    [Fact]
    public void Gradient_caching_gives_the_gradient_of_the_whole_batch()
    {
        var whole = Gradients(microBatch: 12, dropPath: 0);
        var cached = Gradients(microBatch: 4, dropPath: 0);

        Assert.Equal(whole.Loss, cached.Loss, 1e-5);
        foreach (var (name, gradient) in whole.ByName)
        {
            var largest = Math.Max(gradient.Max(Math.Abs), 1e-8f);
            Assert.All(gradient.Zip(cached.ByName[name]), pair => Assert.True(
                Math.Abs(pair.First - pair.Second) <= (1e-5 * largest) + 1e-8,
                $"{name}: {pair.First} and {pair.Second}"));
        }
    }

    [Fact]
    public void Gradient_caching_replays_the_randomness_of_the_first_encoding()
    {
        // With DropPath the second encoding must drop the same paths: then the step is the derivative of the loss it reports.
        var objective = Objective(dropPath: 0.5);
        var context = new StepContext(0, 3, CPU, Precision.Fp32);
        using var batches = new PracticePairs(Side, 4, 4, 4);
        var bias = objective.Model.named_parameters().Single(
            entry => entry.name == "visual.transformer.resblocks.1.mlp.c_fc.bias").parameter;

        objective.Accumulate(batches.All, context);
        var gradient = bias.grad![0].item<float>();

        const float Step = 1e-2f;
        var losses = new[] { Step, -Step }.Select(offset =>
        {
            using (no_grad())
            {
                bias[0] = bias[0] + offset;
            }

            var loss = objective.Accumulate(batches.All, context)["loss"];
            using (no_grad())
            {
                bias[0] = bias[0] - offset;
            }

            return loss;
        }).ToArray();
        Assert.Equal((losses[0] - losses[1]) / (2 * Step), gradient, 2e-3);
    }

    [Theory]
    [InlineData(MaskAlignment.After)]
    [InlineData(MaskAlignment.BeforeAffine)]
    public void Mask_regularisation_leaves_the_contrastive_gradient_as_it_is(MaskAlignment align)
    {
        // Weight 0 encodes nothing again; the gradient with weight 2 is then that of weight 0 plus twice the mask loss's own.
        var (off, one, two) = (MaskGradients(0, align), MaskGradients(1, align), MaskGradients(2, align));
        foreach (var (name, without) in off)
        {
            var largest = Math.Max(without.Max(Math.Abs), 1e-6f);
            for (var i = 0; i < without.Length; i++)
            {
                Assert.Equal(2 * one[name][i] - two[name][i], without[i], 2e-5f * largest + 1e-7f);
            }
        }

        Assert.Contains(off, entry => entry.Value.Zip(one[entry.Key]).Any(pair => Math.Abs(pair.First - pair.Second) > 1e-5));
        Assert.Contains(one["mask_token"], value => value != 0);
        Assert.All(off["visual.attn_pool.probe"].Zip(one["visual.attn_pool.probe"]), pair => Assert.Equal(pair.First, pair.Second));
        Assert.All(off["token_embedding.weight"].Zip(one["token_embedding.weight"]), pair => Assert.Equal(pair.First, pair.Second));
    }

    [Fact]
    public void No_gradient_reaches_the_targets_of_mask_regularisation()
    {
        var (model, mask) = (Model(dropPath: 0), new MaskedTokenAlignment(new MaskOptions { Ratio = 0.5 }, 16));
        model.train();
        using var scope = NewDisposeScope();
        var pixels = rand(2, 3, 16, 16);
        var targets = model.Visual.ForwardFeatures(rand(2, 3, 16, 16), norm: true);
        targets.retain_grad();
        mask.Loss(model.Visual, pixels, targets).backward();
        Assert.Null(targets.grad);
        Assert.NotNull(mask.parameters().Single().grad);
    }

    [Fact]
    public void The_mask_loss_compares_hidden_patches_only()
    {
        var (model, mask) = (Model(dropPath: 0), new MaskedTokenAlignment(new MaskOptions { Ratio = 0.25 }, 16));
        model.eval();
        using var scope = NewDisposeScope();
        var pixels = rand(3, 3, 16, 16);
        var targets = model.Visual.ForwardFeatures(pixels, norm: true);
        manual_seed(9);
        var loss = mask.Loss(model.Visual, pixels, targets).item<float>();
        manual_seed(9);
        var hidden = TokenMask.Draw(3, 4, 0.25, CPU);
        Assert.Equal([1, 1, 1], hidden.sum(1).data<long>().ToArray());
        var tokens = model.Visual.ForwardFeatures(pixels, norm: true, mask: new TokenMask(hidden, mask.parameters().Single()));
        var expected = Enumerable.Range(0, 3).Average(image =>
        {
            var patch = 1 + hidden[image].to(int64).argmax().item<long>();
            return 1 - nn.functional.cosine_similarity(tokens[image, patch], targets[image, patch], dim: 0).item<float>();
        });
        Assert.Equal(expected, loss, 1e-5);
    }

    [Fact]
    public void Before_the_affine_normalised_tokens_are_compared_whatever_gain_and_bias_are()
    {
        var (model, mask) =
            (Model(dropPath: 0), new MaskedTokenAlignment(new MaskOptions { Ratio = 0.25, Align = MaskAlignment.BeforeAffine }, 16));
        using var scope = NewDisposeScope();
        var pixels = rand(3, 3, 16, 16);
        Tensor Loss()
        {
            var targets = mask.Compared(model.Visual, model.Visual.ForwardFeatures(pixels));
            manual_seed(9);
            return mask.Loss(model.Visual, pixels, targets);
        }

        var loss = Loss();
        manual_seed(9);
        var hidden = TokenMask.Draw(3, 4, 0.25, CPU);
        var (whole, masked) = (
            model.Visual.ForwardFeatures(pixels),
            model.Visual.ForwardFeatures(pixels, mask: new TokenMask(hidden, mask.parameters().Single())));
        var expected = Enumerable.Range(0, 3).Average(image =>
        {
            var patch = 1 + hidden[image].to(int64).argmax().item<long>();
            return 1 - nn.functional.cosine_similarity(Standardised(masked[image, patch]), Standardised(whole[image, patch]), dim: 0)
                .item<float>();
        });
        Assert.Equal(expected, loss.item<float>(), 1e-5);

        loss.backward();
        Assert.Null(Parameter(model, "visual.ln_post.weight").grad);
        Assert.Null(Parameter(model, "visual.ln_post.bias").grad);
        using (no_grad())
        {
            Parameter(model, "visual.ln_post.bias").fill_(100);
        }

        Assert.Equal(loss.item<float>(), Loss().item<float>(), 1e-6);

        static Tensor Standardised(Tensor token) => (token - token.mean()) / (token.var(unbiased: false) + 1e-5).sqrt();
    }

    [Fact]
    public void After_the_affine_a_bias_that_all_tokens_share_makes_them_alike()
    {
        var (model, mask) = (Model(dropPath: 0), new MaskedTokenAlignment(new MaskOptions { Ratio = 0.25 }, 16));
        using var scope = NewDisposeScope();
        using (no_grad())
        {
            Parameter(model, "visual.ln_post.bias").fill_(100);
        }

        var pixels = rand(3, 3, 16, 16);
        Assert.InRange(mask.Loss(model.Visual, pixels, model.Visual.ForwardFeatures(pixels, norm: true)).item<float>(), -1e-6, 1e-3);
    }

    [Theory]
    [InlineData(MaskAlignment.After)]
    [InlineData(MaskAlignment.BeforeAffine)]
    public void A_step_compares_the_tokens_that_the_alignment_names(MaskAlignment align)
    {
        var (model, mask) = (Model(dropPath: 0), new MaskedTokenAlignment(new MaskOptions { Share = 1, Ratio = 0.5, Align = align }, 16));
        using (no_grad())
        {
            Parameter(model, "visual.ln_post.bias").fill_(3);
        }

        using var batches = new PracticePairs(Side, 12);
        var context = new StepContext(0, 3, CPU, Precision.Fp32);
        var reported = new ContrastiveObjective(model, 100, mask).Accumulate(batches.All, context)["mask_loss"];

        using var scope = NewDisposeScope();
        var pixels = Pixels.Normalize(batches.All[0]["image"]);
        var targets = mask.Compared(model.Visual, model.Visual.ForwardFeatures(pixels));
        long[] seeds = [.. Enumerable.Range(0, 12)
            .Select(sample => unchecked((long)SampleRandom.Mix((ulong)context.Seed, 1, (ulong)sample)))];
        Assert.Equal(mask.Loss(model.Visual, pixels, targets, seeds).item<float>(), reported, 1e-6);
    }

    [Theory]
    [InlineData(MaskAlignment.After)]
    [InlineData(MaskAlignment.BeforeAffine)]
    public void The_gradient_of_the_mask_loss_is_that_of_finite_differences(MaskAlignment align)
    {
        var (model, mask) = (Model(dropPath: 0), new MaskedTokenAlignment(new MaskOptions { Ratio = 0.5, Align = align }, 16));
        using var scope = NewDisposeScope();
        manual_seed(4);
        var pixels = rand(3, 3, 16, 16);
        var targets = mask.Compared(model.Visual, model.Visual.ForwardFeatures(pixels)).detach();
        Tensor Loss()
        {
            manual_seed(9);
            return mask.Loss(model.Visual, pixels, targets);
        }

        Loss().backward();
        foreach (var parameter in new[]
            {
                mask.parameters().Single(),
                Parameter(model, "visual.transformer.resblocks.1.mlp.c_proj.bias"),
                Parameter(model, "visual.conv1.weight"),
            })
        {
            // Along the gradient the derivative is the gradient's own length.
            using var noGradient = no_grad();
            var length = parameter.grad!.norm().item<float>();
            var step = parameter.grad / length * 1e-2;
            parameter.add_(step);
            var above = Loss().item<float>();
            parameter.sub_(2 * step);
            var below = Loss().item<float>();
            parameter.add_(step);
            Assert.Equal(1, (above - below) / (2e-2 * length), 0.02);
        }
    }

    [Theory]
    [InlineData(12)]
    [InlineData(4)]
    [InlineData(3)]
    public void The_mask_loss_is_the_mean_over_the_share_of_the_batch_however_it_is_cut(int microBatch)
    {
        // With every patch hidden nothing is random: of 12 images the first 6 are encoded again, and the token's gradient is that of their
        // mean.
        var objective = Objective(dropPath: 0, mask: new MaskOptions { Share = 0.5, Ratio = 1, Weight = 3 });
        using var batches = new PracticePairs(Side, Enumerable.Repeat(microBatch, 12 / microBatch).ToArray());
        var metrics = objective.Accumulate(batches.All, new StepContext(0, 3, CPU, Precision.Fp32));
        var (_, token) = objective.TrainingOnly.Single();
        var gradient = token.grad!.data<float>().ToArray();

        using var scope = NewDisposeScope();
        token.grad!.zero_();
        var vision = ((ClipModel)objective.Model).Visual;
        var pixels = Pixels.Normalize(cat([.. batches.All.Select(batch => batch["image"])])).narrow(0, 0, 6);
        var whole = vision.ForwardFeatures(pixels, norm: true).detach().narrow(1, 1, 4);
        var hidden = vision.ForwardFeatures(pixels, norm: true, stripClassToken: true, mask: new TokenMask(ones([6, 4], @bool), token));
        var expected = 1 - nn.functional.cosine_similarity(hidden, whole, dim: -1).mean();
        Assert.Equal(expected.item<float>(), metrics["mask_loss"], 1e-5);
        (expected * 3).backward();
        var largest = gradient.Max(Math.Abs);
        Assert.All(gradient.Zip(token.grad!.data<float>().ToArray()), pair => Assert.Equal(pair.Second, pair.First, 1e-4f * largest));
    }

    [Fact]
    public void A_step_trains_a_model_that_was_left_in_evaluation_mode()
    {
        var objective = Objective(dropPath: 0.5);
        using var batches = new PracticePairs(Side, 12);
        objective.Model.eval();
        double Loss(long seed) => objective.Accumulate(batches.All, new StepContext(0, seed, CPU, Precision.Fp32))["loss"];
        Assert.NotEqual(Loss(1), Loss(2));
        Assert.Equal(Loss(1), Loss(1));
    }

    [Fact]
    public void Micro_batches_of_a_step_draw_different_paths()
    {
        // The same four pairs twice: with one draw for both halves their features would be equal, and every pair's twin as likely as
        // itself.
        using var one = new PracticePairs(Side, 4);
        double LossOf(double rate, params Batch[] batches)
            => Objective(rate).Accumulate(batches, new StepContext(0, 3, CPU, Precision.Fp32))["loss"];
        var batch = one.All[0];
        Assert.Equal(LossOf(0, batch) + Math.Log(2), LossOf(0, batch, batch), 1e-4);
        Assert.True(Math.Abs(LossOf(0.5, batch) + Math.Log(2) - LossOf(0.5, batch, batch)) > 1e-3);
    }

    [Theory]
    [InlineData(4)]
    [InlineData(3)]
    public void Gradient_caching_with_everything_random_is_the_full_batch_gradient(int microBatch)
    {
        // The reference keeps all micro-batches' graphs at once and differentiates the dense loss of the whole batch.
        var objective = Objective(dropPath: 0.3, mask: new MaskOptions { Share = 0.5, Ratio = 0.5 });
        using var batches = new PracticePairs(Side, Enumerable.Repeat(microBatch, 12 / microBatch).ToArray());
        var context = new StepContext(0, 3, CPU, Precision.Fp32);
        objective.Accumulate(batches.All, context);
        var cached = All(objective);

        var model = (ClipModel)objective.Model;
        model.zero_grad();
        objective.TrainingOnly[0].Parameter.grad!.zero_();
        using (var scope = NewDisposeScope())
        {
            var features = batches.All.Select((batch, i) =>
            {
                manual_seed(context.Seed + i);
                var pixels = Pixels.Normalize(batch["image"]);
                var image = model.EncodeImage(pixels, normalize: true);
                return (Image: image, Text: model.EncodeText(batch["tokens"], normalize: true));
            }).ToArray();
            PerceptionEncoder.Losses.ContrastiveLoss.Symmetric(
                cat([.. features.Select(pair => pair.Image)]),
                cat([.. features.Select(pair => pair.Text)]),
                model.LogitScale.exp()).backward();
        }

        // The regulariser's part on its own: the objective on the same batch, minus its contrastive part.
        var contrastive = All(objective);
        var without = Objective(dropPath: 0.3);
        without.Accumulate(batches.All, context);
        foreach (var (name, parameter) in without.Model.named_parameters())
        {
            var largest = Math.Max(contrastive[name].Max(Math.Abs), 1e-6f);
            Assert.All(
                contrastive[name].Zip(parameter.grad!.data<float>().ToArray()),
                pair => Assert.True(Math.Abs(pair.First - pair.Second) <= 1e-5 * largest, name));
        }

        Assert.Contains(cached, entry => entry.Key != "mask_token"
            && entry.Value.Zip(contrastive[entry.Key]).Any(pair => Math.Abs(pair.First - pair.Second) > 1e-6));
    }

    [Fact]
    public void The_logit_scale_stays_below_its_cap()
    {
        var objective = Objective(dropPath: 0, maxLogitScale: 20);
        var model = (ClipModel)objective.Model;
        using (no_grad())
        {
            model.LogitScale.fill_(Math.Log(500));
        }

        objective.AfterUpdate();
        Assert.Equal(20, model.LogitScale.exp().item<float>(), 1e-3);
    }

    [Theory]
    [InlineData(12)]
    [InlineData(4)]
    public void Steps_leave_no_tensors_behind(int microBatch)
    {
        var objective = Objective(dropPath: 0.1, mask: new MaskOptions { Share = 0.25, Ratio = 0.5 });
        using var optimizer = new OptimizerOptions().Create(objective.Model.named_parameters().Concat(objective.TrainingOnly));
        using var batches = new PracticePairs(Side, Enumerable.Repeat(microBatch, 12 / microBatch).ToArray());
        long Live()
        {
            optimizer.ZeroGradients();
            objective.Accumulate(batches.All, new StepContext(0, 1, CPU, Precision.Fp32));
            optimizer.Step(1e-3);
            objective.AfterUpdate();
            return LiveTensors.Count();
        }

        Live();
        var before = Live();
        for (var step = 0; step < 20; step++)
        {
            Live();
        }

        Assert.Equal(before, Live());
    }

    private static TorchSharp.Modules.Parameter Parameter(ClipModel model, string name)
        => model.named_parameters().Single(entry => entry.name == name).parameter;

    private static (double Loss, Dictionary<string, float[]> ByName) Gradients(int microBatch, double dropPath)
    {
        var objective = Objective(dropPath);
        using var batches = new PracticePairs(Side, Enumerable.Repeat(microBatch, 12 / microBatch).ToArray());
        var loss = objective.Accumulate(batches.All, new StepContext(0, 3, CPU, Precision.Fp32))["loss"];
        return (
            loss,
            objective.Model.named_parameters().ToDictionary(entry => entry.name, entry => entry.parameter.grad!.data<float>().ToArray()));
    }

    private static Dictionary<string, float[]> MaskGradients(double weight, MaskAlignment align)
    {
        var objective = Objective(dropPath: 0.2, mask: new MaskOptions { Share = 0.5, Ratio = 0.5, Weight = weight, Align = align });
        using var batches = new PracticePairs(Side, 6, 6);
        objective.Accumulate(batches.All, new StepContext(0, 3, CPU, Precision.Fp32));
        return All(objective);
    }

    private static Dictionary<string, float[]> All(ContrastiveObjective objective)
        => objective.Model.named_parameters().Select(entry => (entry.name, entry.parameter))
            .Concat(objective.TrainingOnly)
            .Where(entry => entry.Item2.grad is not null)
            .ToDictionary(entry => entry.Item1, entry => entry.Item2.grad!.data<float>().ToArray());

    private static ContrastiveObjective Objective(double dropPath, double maxLogitScale = 100, MaskOptions? mask = null)
    {
        var model = Model(dropPath);
        return new ContrastiveObjective(model, maxLogitScale, mask is null ? null : new MaskedTokenAlignment(mask, 16));
    }

    private static ClipModel Model(double dropPath)
    {
        manual_seed(1);
        return PracticePairs.Model(Side, dropPath).Build();
    }
}
