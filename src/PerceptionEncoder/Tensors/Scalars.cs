using TorchSharp;

namespace PerceptionEncoder.Tensors;

/// <summary>
/// Numbers as operators of tensors take them. TorchSharp hands libtorch the address of a <see cref="Scalar"/> and keeps nothing alive, so
/// one that nobody else holds, as the hidden one of <c>x.mul_(2.0)</c>, may be collected and its memory freed before libtorch has read it.
/// These are held until the thread has made many more. TorchSharp hides some of its own too: in <c>x * 2.0</c>, and in <c>x + y</c>, which
/// is <c>x.add(y, 1)</c>. Hence <c>x * Scalars.Of(2.0)</c> and <c>x.add(y, Scalars.One)</c> wherever steps are computed.
/// </summary>
/// <remarks>
/// Read in TorchSharp 0.107, and met: with collections going on all the time, one or two of 100,000 such calls failed (<c>Expected false to
/// be true</c>, <c>Unknown scalar type</c>), and may as well compute with another number; with these none of 780,800.
/// </remarks>
internal static class Scalars
{
    /// <summary>A thread is in one call at a time, and no call takes more than a few.</summary>
    private const int Capacity = 32;

    [ThreadStatic]
    private static Scalar[]? held;

    [ThreadStatic]
    private static int next;

    /// <summary>How often the second term of a sum counts.</summary>
    public static Scalar One { get; } = 1.ToScalar();

    public static Scalar Of(double value) => Hold(value.ToScalar());

    /// <summary>A whole number, which leaves tensors of whole numbers what they are.</summary>
    public static Scalar Of(long value) => Hold(value.ToScalar());

    private static Scalar Hold(Scalar scalar)
    {
        held ??= new Scalar[Capacity];
        next = (next + 1) % Capacity;
        return held[next] = scalar;
    }
}
