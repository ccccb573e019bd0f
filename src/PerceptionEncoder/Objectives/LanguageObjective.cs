using PerceptionEncoder.Data.Dialogues;
using PerceptionEncoder.Inference;
using PerceptionEncoder.Models.Language;
using PerceptionEncoder.Optimization;
using PerceptionEncoder.Tensors;
using PerceptionEncoder.Training;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace PerceptionEncoder.Objectives;

// b dialogues of a micro-batch · R rows of L tokens · m chunks of pictures, T tokens each · D decoder width · A answer tokens
/// <summary>
/// Language alignment [4.1, B.2]: the next-token loss on answer tokens, averaged over those of the whole step, whichever micro-batch and
/// rank they are in. Dialogues are packed into rows; each sees itself alone.
/// </summary>
/// <param name="model">Vision tower, projector and decoder.</param>
/// <param name="imageToken">Id that stands in the place of a visual token.</param>
/// <param name="rowLength">Tokens of a packed row; 0 gives each dialogue a row of its own.</param>
public sealed class LanguageObjective(LanguageModel model, int imageToken, int rowLength) : IObjective
{
    /// <inheritdoc/>
    public Module Model => model;

    /// <inheritdoc/>
    public IReadOnlyList<(string Name, Parameter Parameter)> TrainingOnly => [];

    /// <inheritdoc/>
    public bool ReadsTwice => false;

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, double> Accumulate(MicroBatches microBatches, StepContext context)
    {
        model.train();
        using var scope = NewDisposeScope();
        var sums = zeros(2, float64, context.Device);                // loss and right guesses, on the device: the host does not wait
        var (answers, places, padded, share) = (0L, 0L, 0.0, 0.0);
        for (var i = 0; i < microBatches.Count; i++)
        {
            using var inner = NewDisposeScope();
            var (batch, isLast) = (new DialogueBatch(microBatches.Read()), i == microBatches.Count - 1);
            var rows = PackedDialogues.Of(batch, imageToken, rowLength);
            answers += rows.Answers;
            places += (long)rows.Rows.Rows * rows.Rows.Length;
            padded += rows.Rows.Padding * rows.Rows.Rows * rows.Rows.Length;

            // How many answer tokens the step has is known with its last micro-batch; what came before was scaled by a guess.
            var guess = share;
            share = isLast ? 1 / Math.Max(1, context.World.Sum(answers)) : guess == 0 ? 1.0 / (rows.Answers * microBatches.Count) : guess;
            if (isLast && guess != 0)
            {
                Rescale(share / guess);
            }

            using var listening = isLast ? context.Reduction?.Listen() : null;
            Randomness.Seed(context.Device, context.SeedOf(i));
            Tensor loss, right;
            using (context.Precision.Enter(context.Device))
            {
                (loss, right) = Loss(batch, rows, context.Device);
            }

            BackwardPass.Run(loss * Scalars.Of(share));
            sums.add_(stack([loss.detach().to(float64), right.to(float64)]), Scalars.One);
        }

        context.Reduction?.AllReady();
        var here = sums.cpu().data<double>().ToArray();
        var all = context.World.Sums(here[0], here[1], answers, padded, places);
        return new Dictionary<string, double>
        {
            ["loss"] = all[0] / Math.Max(1, all[2]),
            ["answer_accuracy"] = all[1] / Math.Max(1, all[2]),
            ["answer_tokens"] = all[2],
            ["padding"] = all[3] / Math.Max(1, all[4]),
        };
    }

    /// <inheritdoc/>
    public void AfterUpdate()
    {
    }

    /// <summary>Sums over a micro-batch's answer tokens: the loss, and how many the model would have said.</summary>
    private (Tensor Loss, Tensor Right) Loss(DialogueBatch batch, PackedDialogues packed, Device device)
    {
        var (logits, targets) = packed.Answer(model, batch, device);                                          // [A, vocabulary], [A]
        var loss = functional.cross_entropy(logits, targets, reduction: Reduction.Sum);
        return (loss, logits.detach().argmax(-1).eq(targets).sum());
    }

    private void Rescale(double factor)
    {
        using var noGradient = no_grad();
        var gradients = model.parameters().Select(parameter => parameter.grad).OfType<Tensor>().ToArray();
        if (gradients.Length > 0)
        {
            ForeachOperators.Scale(gradients, factor);
        }
    }
}
