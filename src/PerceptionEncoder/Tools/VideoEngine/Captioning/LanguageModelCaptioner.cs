using PerceptionEncoder.Inference;
using PerceptionEncoder.Tools.Conversation;

namespace PerceptionEncoder.Tools.VideoEngine.Captioning;

/// <summary>A language model in this process, which answers one question after the other.</summary>
/// <param name="name">As results tell it.</param>
/// <param name="model">Opened; it is closed with this.</param>
internal sealed class LanguageModelCaptioner(string name, VisualConversation model) : ICaptioner
{
    private readonly SemaphoreSlim turn = new(1);

    /// <inheritdoc/>
    public string Model => name;

    /// <inheritdoc/>
    public async Task<CaptionAnswer?> AskAsync(CaptionQuestion question, Func<bool> mayBegin, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(question);
        ArgumentNullException.ThrowIfNull(mayBegin);
        await turn.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            if (!mayBegin())
            {
                return null;
            }

            var (answer, input) = await Task.Run(() => model.AskAlone(question.Pictures, question.Text, cancellation), cancellation)
                .ConfigureAwait(false);

            // A part of an answer is none.
            cancellation.ThrowIfCancellationRequested();
            return new CaptionAnswer(answer.Text, input, answer.Ids.Count) { IsCut = answer.End == GenerationEnd.Length };
        }
        catch (UserErrorException failure) when (question.Pictures.Count == 0 || model.Sees)
        {
            throw new CaptionFailureException("question does not fit the model", failure.Message.ReplaceLineEndings(" "));
        }
        finally
        {
            turn.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        model.Dispose();
        turn.Dispose();
    }
}
