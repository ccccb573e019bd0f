using System.Diagnostics;
using PerceptionEncoder.Tools.VideoEngine.Captioning;
using PerceptionEncoder.Tools.VideoEngine.Prompts;
using PerceptionEncoder.Tools.VideoEngine.State;

namespace PerceptionEncoder.Tools.VideoEngine;

/// <summary>Asks a question, and once more where the answer is of no use; every answer is recorded before anything else.</summary>
/// <param name="state">Where answers and failures go.</param>
/// <param name="check">Which answers are of use.</param>
/// <param name="account">Counts them.</param>
/// <param name="stop">Ends the run.</param>
internal sealed class QuestionWork(EngineState state, AnswerCheck check, EngineAccount account, RunStop stop)
{
    /// <summary>Whether nothing more is asked.</summary>
    public bool HasStopped => stop.Reason is not null;

    /// <summary>Asks.</summary>
    /// <param name="asked">Of which stage.</param>
    /// <param name="key">Of the clip.</param>
    /// <param name="part">Frame, or 0.</param>
    /// <param name="known">Answers of earlier runs.</param>
    /// <param name="question">What is asked.</param>
    /// <param name="cancellation">Ends the waiting; what has not come is asked again by a later run.</param>
    /// <exception cref="UserErrorException">The state cannot be written.</exception>
    public async Task AskAsync(
        AskedStage asked,
        string key,
        int part,
        ClipState known,
        CaptionQuestion question,
        CancellationToken cancellation)
    {
        var before = known.To(asked.Stage, part);
        var reason = before.Count > 0 ? before[^1].Reason : null;
        for (var attempt = before.Count; attempt < ClipState.MostAttempts && !HasStopped; attempt++)
        {
            var text = reason is null ? question.Text : question.Text + PromptFile.Again(reason);
            var (answer, seconds) = await TryAskAsync(asked, key, part, question with { Text = text }, cancellation).ConfigureAwait(false);
            if (answer is null)
            {
                return;
            }

            // Counted before the disk is waited for: other calls look at the budget meanwhile.
            var cost = asked.Cost(answer);
            account.Spend(answer.InputTokens + answer.OutputTokens, cost);
            var clean = AnswerText.Clean(answer.Text);
            reason = answer.IsRefusal ? AnswerCheck.Refusal
                : answer.IsCut ? AnswerCheck.OverLong
                : check.Fault(clean, asked.IsFinal, asked.Prompt);
            var recorded = new RecordedAnswer(asked.Stage, part, attempt, clean, reason)
            {
                Model = asked.Captioner.Model,
                Prompt = asked.Prompt.Hash,
                InputTokens = answer.InputTokens,
                OutputTokens = answer.OutputTokens,
                Cost = cost,
                Seconds = seconds,
            };
            state.Save(key, recorded);
            if (reason is null)
            {
                return;
            }

            account.Fail(reason);
        }
    }

    /// <summary>Asked when a call is about to begin: by then others may have used up the budget, or met what stops the run.</summary>
    private bool MayBegin()
    {
        if (!HasStopped && account.Exhausted() is { } exhausted)
        {
            stop.Because(new UserErrorException($"{exhausted}. Raise it, and run again: what is finished stays."));
        }

        return !HasStopped;
    }

    /// <summary>Null where no answer came: the failure is recorded, or the run stopped.</summary>
    private async Task<(CaptionAnswer? Answer, double Seconds)> TryAskAsync(
        AskedStage asked,
        string key,
        int part,
        CaptionQuestion question,
        CancellationToken cancellation)
    {
        var clock = Stopwatch.StartNew();
        try
        {
            var answer = await asked.Captioner.AskAsync(question, Begins, cancellation).ConfigureAwait(false);
            if (answer is not null)
            {
                asked.Failures.End();
            }

            return (answer, clock.Elapsed.TotalSeconds);
        }
        catch (CaptionFailureException failure)
        {
            state.SaveFailure(key, asked.Stage, part, failure.Reason, failure.Detail);
            account.Fail(failure.Reason);
            if (asked.Failures.Add(failure) is { } hopeless)
            {
                stop.Because(hopeless);
            }
        }
        catch (UserErrorException failure)
        {
            stop.Because(failure);
        }

        return (null, 0);

        bool Begins()
        {
            clock.Restart();
            return MayBegin();
        }
    }
}
