using PerceptionEncoder.Tensors;
using static TorchSharp.torch;

namespace PerceptionEncoder.Optimization;

/// <summary>
/// libtorch's operators on lists of tensors, which on a GPU take few kernels for hundreds of tensors. TorchSharp wraps none of them, but
/// TorchScript reaches them. A step of them is one function here, which computes nothing else: what TorchScript may fuse it may also
/// compile anew for the device.
/// </summary>
internal static class ForeachOperators
{
    private const string Script = """
        def move_moments(first: List[Tensor], second: List[Tensor], gradients: List[Tensor], share1: float, keep2: float, share2: float):
            torch._foreach_lerp_(first, gradients, share1)
            torch._foreach_mul_(second, keep2)
            torch._foreach_addcmul_(second, gradients, gradients, share2)

        def roots(second: List[Tensor], scale: float, eps: float) -> List[Tensor]:
            result = torch._foreach_sqrt(second)
            torch._foreach_mul_(result, scale)
            torch._foreach_add_(result, eps)
            return result

        def turn_into_quotients(divisors: List[Tensor], dividends: List[Tensor]):
            torch._foreach_reciprocal_(divisors)
            torch._foreach_mul_(divisors, dividends)

        def add(targets: List[Tensor], others: List[Tensor], share: float):
            torch._foreach_add_(targets, others, alpha=share)

        def add_quotients(targets: List[Tensor], dividends: List[Tensor], divisors: List[Tensor], share: float):
            torch._foreach_addcdiv_(targets, dividends, divisors, share)

        def scale(targets: List[Tensor], factor: float):
            torch._foreach_mul_(targets, factor)

        def scale_each(targets: List[Tensor], factors: List[Tensor]):
            torch._foreach_mul_(targets, factors)

        def divide(targets: List[Tensor], divisor: Tensor):
            torch._foreach_div_(targets, divisor)

        def norms(tensors: List[Tensor]) -> Tensor:
            return torch.stack(torch._foreach_norm(tensors))

        """;

    private static readonly Lazy<TorchScript> Compiled = new(() => new TorchScript(Script));

    /// <summary>Moves first moments toward the gradients by a share, and second moments toward their squares.</summary>
    public static void MoveMoments(Tensor[] first, Tensor[] second, Tensor[] gradients, double beta1, double beta2)
        => Call("move_moments", first, second, gradients, 1 - beta1, beta2, 1 - beta2);

    /// <summary><paramref name="scale"/> times the root, plus <paramref name="eps"/>; new tensors in the caller's dispose scope.</summary>
    public static Tensor[] Roots(Tensor[] second, double scale, double eps)
        => Call("roots", second, scale, eps);

    /// <summary>Each divisor becomes its dividend over itself.</summary>
    public static void TurnIntoQuotients(Tensor[] divisors, Tensor[] dividends) => Call("turn_into_quotients", divisors, dividends);

    /// <summary>Adds a share of the others.</summary>
    public static void Add(Tensor[] targets, Tensor[] others, double share) => Call("add", targets, others, share);

    /// <summary>Adds a share of the quotients.</summary>
    public static void AddQuotients(Tensor[] targets, Tensor[] dividends, Tensor[] divisors, double share)
        => Call("add_quotients", targets, dividends, divisors, share);

    /// <summary>Multiplies all by one number.</summary>
    public static void Scale(Tensor[] targets, double factor) => Call("scale", targets, factor);

    /// <summary>Multiplies each by its own number.</summary>
    /// <param name="targets">K tensors.</param>
    /// <param name="factors">[K] on their device.</param>
    public static void ScaleEach(Tensor[] targets, Tensor factors) => Call("scale_each", targets, factors.unbind(0));

    /// <summary>Divides all by one number.</summary>
    /// <param name="targets">Of any shapes.</param>
    /// <param name="divisor">A scalar on their device.</param>
    public static void Divide(Tensor[] targets, Tensor divisor) => Call("divide", targets, divisor);

    /// <summary>The Euclidean norm of each of K tensors, [K].</summary>
    public static Tensor Norms(Tensor[] tensors) => Call("norms", [tensors])[0];

    private static Tensor[] Call(string function, params ReadOnlySpan<object> arguments) => Compiled.Value.Call(function, arguments);
}
