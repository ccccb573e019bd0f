using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http.HttpResults;
using PerceptionEncoder.Inference;
using PerceptionEncoder.Media.Images;

namespace SearchService;

/// <summary>Answers for what the encoder and its queue refuse. What is nobody's mistake stays a 500.</summary>
internal sealed class Refusals : IExceptionHandler
{
    public async ValueTask<bool> TryHandleAsync(HttpContext context, Exception exception, CancellationToken cancellationToken)
    {
        ProblemHttpResult? answer = exception switch
        {
            ImageException => TypedResults.Problem(exception.Message, title: "No usable picture", statusCode: 400),
            BadHttpRequestException bad => TypedResults.Problem(bad.Message, statusCode: bad.StatusCode),
            QueueFullException => TypedResults.Problem(exception.Message, title: "Busy", statusCode: 503),
            ObjectDisposedException => TypedResults.Problem("The service is stopping.", statusCode: 503),
            OperationCanceledException when context.RequestAborted.IsCancellationRequested => TypedResults.Problem(statusCode: 499),
            _ => null,
        };
        if (answer is null)
        {
            return false;
        }

        if (answer.StatusCode == 503)
        {
            context.Response.Headers.RetryAfter = "1";
        }

        await answer.ExecuteAsync(context);
        return true;
    }
}
