using System.Runtime.ExceptionServices;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tensors;

/// <summary>
/// A backward pass through functions of our own. libtorch calls these back, where a GPU computes on a thread of its own: an exception that
/// leaves one there aborts the process. So they hand it over, the gradients behind them stay undefined, and it is thrown where the pass was
/// begun.
/// </summary>
internal sealed class BackwardPass
{
    private static readonly Lock Gate = new();

    /// <summary>On all threads.</summary>
    private static readonly List<BackwardPass> UnderWay = [];

    /// <summary>The innermost that this thread began.</summary>
    [ThreadStatic]
    private static BackwardPass? own;

    /// <summary>
    /// The last gradient that this thread gave to autograd. Autograd has its own hold on it by the next call, so ours ends there: left to
    /// the step's dispose scope, the gradients of all layers would stay until the end of the step.
    /// </summary>
    [ThreadStatic]
    private static Tensor? given;

    private ExceptionDispatchInfo? failure;

    /// <summary>As torch's own, but a failure within a function of ours is an exception here instead of the end of the process.</summary>
    /// <param name="output">A scalar, or of any shape with its gradient.</param>
    /// <param name="gradient">Of the output; null for 1.</param>
    public static void Run(Tensor output, Tensor? gradient = null)
    {
        ArgumentNullException.ThrowIfNull(output);
        var (pass, outer) = (new BackwardPass(), own);
        own = pass;
        lock (Gate)
        {
            UnderWay.Add(pass);
        }

        try
        {
            output.backward(gradient is null ? null : [gradient]);
        }
        finally
        {
            own = outer;
            lock (Gate)
            {
                UnderWay.Remove(pass);
            }
        }

        pass.failure?.Throw();
    }

    /// <summary>
    /// What a function of one tensor and one setting returns from its backward: call it with what autograd hands in, which belongs to
    /// nobody else. A thread of autograd's has no dispose scope, so that it would stay until a collection.
    /// </summary>
    /// <param name="handedIn">Gradient of the output; undefined once the pass has failed.</param>
    /// <param name="compute">The gradient of the input, in no dispose scope.</param>
    public static List<Tensor> Answer(Tensor handedIn, Func<Tensor> compute)
    {
        using var ended = handedIn;
        Tensor? gradient = null;
        try
        {
            gradient = handedIn.IsInvalid ? null : compute();
        }
        catch (Exception failure) when (HandOver(failure))
        {
            // Thrown by Run.
        }

        given?.Dispose();
        given = gradient;
        return [gradient!, null!];
    }

    /// <summary>
    /// To the pass of this thread; on a thread of autograd's to all that are under way, as none of them must go on without a gradient.
    /// False where the pass was not begun by <see cref="Run"/>: nobody would throw it.
    /// </summary>
    private static bool HandOver(Exception failure)
    {
        lock (Gate)
        {
            var passes = own is { } pass ? [pass] : UnderWay;
            var captured = ExceptionDispatchInfo.Capture(failure);
            passes.ForEach(begun => begun.failure ??= captured);
            return passes.Count > 0;
        }
    }
}
